/**
 * The backbone with time conditioning against MDLM's own DiT on random weights.
 */
import { describe, expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { input, program, referenceRuntime } from "unmask/tensor";
import { fixedNetwork } from "../src/model/network.ts";
import { timeFeatures } from "../src/nn/time.ts";
import { ditConfig, ditWeights } from "./support/dit-golden.ts";
import { goldenTensors } from "./support/golden.ts";
import { relativeError } from "./support/op-cases.ts";

const tensors = await goldenTensors("dit/dit.safetensors");
const [batch, length] = tensors["tokens"]!.shape as [number, number];
const weights = ditWeights(tensors);
const config = ditConfig(weights, 4);

describe.each([
  ["reference", referenceRuntime(), 2e-6],
  ["cpu", cpuRuntime(), 1e-5],
])("DiT on %s", (_, runtime, tolerance) => {
  test.each([
    ["logits", [0, 0]],
    ["logits_timecond", tensors["sigma"]!.data],
  ] as const)("%s", async (name, sigma) => {
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
