/**
 * The backbone with time conditioning against MDLM's own DiT on random weights.
 */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { floats, input, program, referenceRuntime } from "unmask/tensor";
import type { Value } from "unmask/tensor";
import { decodeSafetensors } from "../src/checkpoint/safetensors.ts";
import { fixedNetwork } from "../src/model/network.ts";
import { transformerConfig } from "../src/model/sizes.ts";
import { timeFeatures } from "../src/nn/time.ts";
import { relativeError } from "./support/op-cases.ts";

const file = new URL("./golden/dit/dit.safetensors", import.meta.url);
const { tensors } = decodeSafetensors(await readFile(file), "dit.safetensors");
const [batch, length] = tensors["tokens"]!.shape as [number, number];

const config = {
  ...transformerConfig(
    { layers: 2, heads: 4, width: 64 },
    { vocabulary: 301, attention: { kind: "bidirectional" } },
  ),
  mlpBias: true,
  conditionWidth: 32,
};

/** The published names, as ours. */
function renamed(): Record<string, Value> {
  const weights: Record<string, Value> = {};
  for (const [name, value] of Object.entries(tensors)) {
    const ours = name
      .replace("vocab_embed.embedding", "embed.weight")
      .replace("sigma_map.mlp.0", "time.in")
      .replace("sigma_map.mlp.2", "time.out")
      .replace("adaLN_modulation", "adaln")
      .replace("attn_out", "attn.o")
      .replace("mlp.0", "mlp.up")
      .replace("mlp.2", "mlp.down")
      .replace("output_layer.norm_final", "norm")
      .replace("output_layer.linear", "head")
      .replace("output_layer.", "");
    if (ours.endsWith("attn_qkv.weight")) {
      const part = 64 * 64;
      ["q", "k", "v"].forEach((head, i) => {
        const rows = value.data.slice(i * part, (i + 1) * part);
        weights[ours.replace("attn_qkv", `attn.${head}`)] = floats([64, 64], rows);
      });
    } else if (/^(embed|time|blocks|norm|adaln|head)/.test(ours)) weights[ours] = value;
  }
  return weights;
}

describe.each([
  ["reference", referenceRuntime(), 2e-6],
  ["cpu", cpuRuntime(), 1e-5],
])("DiT on %s", (_, runtime, tolerance) => {
  test.each([
    ["logits", [0, 0]],
    ["logits_timecond", tensors["sigma"]!.data],
  ] as const)("%s", async (name, sigma) => {
    const weights = renamed();
    const parameters = Object.fromEntries(
      Object.entries(weights).map(([key, { shape }]) => [key, input(key, shape)]),
    );
    const network = fixedNetwork(config, parameters, length);
    const features = timeFeatures(sigma);
    const logits = network(input("tokens", [batch, length], "int32"), {
      time: input("time", features.shape),
    });
    const executable = await runtime.compile(program({ name: "dit", outputs: { logits } }));
    const result = await executable.run({ ...weights, tokens: tensors["tokens"]!, time: features });
    expect(relativeError(result["logits"]!.data, tensors[name]!.data)).toBeLessThan(tolerance);
  });
});
