/**
 * Quantised models: every family of golden checkpoints loads in fewer bits and says nearly the same, and
 * a model that has learnt something loses little of it.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnSync } from "node:child_process";
import { afterAll, expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { floats } from "unmask/tensor";
import { readNetwork } from "../src/checkpoint/model-folder.ts";
import { quantiseFolder, quantizations } from "../src/checkpoint/quantise/index.ts";
import { quantiseModel } from "../src/checkpoint/quantise/quantise-model.ts";
import { networkLogits } from "./support/published.ts";

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const golden = (name: string): string =>
  fileURLToPath(new URL(`golden/published/${name}`, import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "unmask-quantised-"));
afterAll(() => rm(folder, { recursive: true }));
const runtime = cpuRuntime();

async function logitsOf(from: string): Promise<Float32Array> {
  const { config, weights } = await readNetwork(from);
  const ids = [Array.from({ length: 16 }, (_, i) => (i * 37) % 150)];
  const { data } = await networkLogits(runtime, { config: config.transformer, weights }, { ids });
  return data as Float32Array;
}

/** How far two sets of logits are apart, in standard deviations of the first. */
function distanceOf(a: Float32Array, b: Float32Array): number {
  const mean = a.reduce((sum, value) => sum + value, 0) / a.length;
  const spread = a.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
  return Math.sqrt(error / spread);
}

// A rounded normal number is off by about 1 to 2 % of a deviation at 8 bits and 8 % at 4; these random networks
// of one to three layers pass that on, and the routers of mixtures may choose another expert.
test.each([
  ["a2d-qwen3/checkpoint-bf16", 0.1, 0.5],
  ["bd3lm/checkpoint", 0.1, 0.5],
  ["gpt2/checkpoint-tied", 0.1, 0.5],
  ["llada/checkpoint-sharded", 0.1, 0.5],
  ["llada-moe/checkpoint-variant", 0.4, 0.9],
  ["llada2-moe/checkpoint", 0.4, 0.9],
  ["sdar/checkpoint", 0.1, 0.5],
  ["sedd/checkpoint-absorb", 0.1, 0.5],
])("%s says nearly the same at 8 and at 4 bits", async (name, most8, most4) => {
  const exact = await logitsOf(golden(name));
  for (const [kind, most] of [
    ["int8", most8],
    ["int4", most4],
  ] as const) {
    const out = join(folder, `${name.replaceAll("/", "-")}-${kind}`);
    await quantiseFolder(golden(name), out, { quantization: quantizations[kind]! });
    const error = distanceOf(exact, await logitsOf(out));
    expect(error, kind).toBeGreaterThan(0);
    expect(error, kind).toBeLessThan(most);
  }
});

test.each([NaN, Infinity])("a weight of %s is refused", async (number) => {
  const { config, weights } = await readNetwork(golden("llada/checkpoint"));
  const { shape } = weights["norm.weight"]!;
  const broken = floats(shape, new Float32Array(shape[0]!).fill(number, 1, 2));
  await expect(
    quantiseModel(
      { config, weights: { ...weights, "norm.weight": broken } },
      { quantization: { bits: 8 }, folder },
    ),
  ).rejects.toThrow('quantise: weight "norm.weight" must be finite numbers');
});

test("what is quantised already is refused", async () => {
  const once = join(folder, "once");
  await quantiseFolder(golden("llada/checkpoint"), once, { quantization: { bits: 8 } });
  await expect(
    quantiseFolder(once, join(folder, "twice"), { quantization: { bits: 8 } }),
  ).rejects.toThrow("quantise: needs a model of floats, got one of 8 bits");
});

test(
  "a trained model's bound rises by less than 1 % at 8 bits and 5 % at 4",
  { timeout: 120_000 },
  async () => {
    const at = (name: string): string => join(folder, name);
    const unmask = (...words: string[]): string => {
      const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...words], {
        encoding: "utf8",
      });
      expect(status, stderr).toBe(0);
      return stdout;
    };
    const words = ["the", "cat", "dog", "sat", "ran", "on", "under", "a", "mat", "log"];
    const text = Array.from({ length: 4000 }, (_, i) => words[(i * i + 3 * i) % words.length]).join(
      " ",
    );
    await writeFile(at("text.txt"), text);
    unmask(
      "train",
      "--data",
      at("text.txt"),
      "--out",
      at("model"),
      "--tokenizer",
      "char",
      "--size",
      "nano",
      "--length",
      "32",
      "--batch",
      "16",
      "--steps",
      "300",
      "--seed",
      "1",
    );
    const boundOf = (model: string): number => {
      const options = ["--data", at("text.txt"), "--limit", "64", "--samples", "16", "--seed", "1"];
      const result = unmask("evaluate", "--model", model, ...options, "--json");
      return (JSON.parse(result) as { nats: number }).nats;
    };
    const exact = boundOf(at("model"));
    for (const [kind, most] of [
      ["int8", 1.01],
      ["int4", 1.05],
    ] as const) {
      await quantiseFolder(at("model"), at(kind), { quantization: quantizations[kind]! });
      expect(boundOf(at(kind)) / exact, kind).toBeLessThan(most);
    }
  },
);
