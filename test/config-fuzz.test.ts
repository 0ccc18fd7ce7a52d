/**
 * Damaged configurations, of every family and our own: each of them describes a network that runs, or is
 * refused in one line that names the field; nothing else happens.
 */
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { encodeConfig } from "../src/checkpoint/model-config.ts";
import type { ModelConfig } from "../src/checkpoint/model-config.ts";
import { readNetwork } from "../src/checkpoint/model-folder.ts";
import { quantiseFolder, precisions } from "../src/checkpoint/quantise/index.ts";
import { encodeSafetensors } from "../src/checkpoint/safetensors.ts";
import { sizes, transformerConfig } from "../src/model/sizes.ts";
import { systemFromSpec } from "../src/system/index.ts";
import { randomKey, randomStream, splitKey } from "../src/tensor/index.ts";
import { survives, tally } from "./support/damage.ts";
import { loudWeights } from "./support/loud-weights.ts";
import { mutateJson } from "./support/mutate.ts";
import { networkLogits } from "./support/published.ts";

const golden = fileURLToPath(new URL("golden/published", import.meta.url));
const runtime = cpuRuntime();

let root: string;
/** Folders that are read, each with its `config.json` as it was. */
const models: { readonly folder: string; readonly config: string }[] = [];

async function add(folder: string): Promise<void> {
  models.push({ folder, config: await readFile(join(folder, "config.json"), "utf8") });
}

/** A model as it is trained here. */
async function addOwn(system: string): Promise<void> {
  const { name, options, attention, timed } = systemFromSpec(system);
  const size = { ...sizes["nano"]!, layers: 1, width: 32 };
  const transformer = transformerConfig(size, { vocabulary: 40, attention, timed });
  const config: ModelConfig = { system: name, options, length: 16, transformer };
  const folder = join(root, name);
  await mkdir(folder);
  await writeFile(join(folder, "config.json"), encodeConfig(config));
  const weights = loudWeights(transformer, { deviation: 0.1, seed: 1 });
  await writeFile(join(folder, "model.safetensors"), encodeSafetensors(weights));
  await add(folder);
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "unmask-config-"));
  for (const family of await readdir(golden))
    for (const name of await readdir(join(golden, family))) {
      if (!name.startsWith("checkpoint")) continue;
      const folder = join(root, `${family}-${name}`);
      await cp(join(golden, family, name), folder, { recursive: true });
      await add(folder);
    }
  for (const family of ["llada-moe-checkpoint", "llada2-moe-checkpoint", "gpt2-checkpoint-tied"])
    for (const [kind, precision] of Object.entries(precisions)) {
      const folder = join(root, `${family}-${kind}`);
      await quantiseFolder(join(root, family), folder, { precision });
      await add(folder);
    }
  for (const system of ["mdlm", "sedd", "d3pm", "bd3lm:block=4"]) await addOwn(system);
});
afterAll(() => rm(root, { recursive: true }));

/** Whether what was read runs, and says numbers. */
async function runs({ config, weights }: Awaited<ReturnType<typeof readNetwork>>): Promise<void> {
  const { transformer } = config;
  const ids = [Array.from({ length: 8 }, (_, i) => (i * 7) % transformer.vocabulary)];
  const { data } = await networkLogits(runtime, { config: transformer, weights }, { ids });
  expect(data.every((value) => Number.isFinite(value))).toBe(true);
}

/** Ten thousand files, and a forward pass of what is new in them. */
const patience = { timeout: 300_000 };

test("10,000 damaged configurations run, or are refused in one line", patience, async () => {
  const outcomes = tally();
  const ran = new Set<string>();
  for (let seed = 0; seed < 10_000; seed++) {
    const { folder, config } = models[seed % models.length]!;
    const random = randomStream(splitKey(randomKey(42), "config", seed));
    await writeFile(join(folder, "config.json"), mutateJson(config, random));
    const name = `seed ${seed}, ${folder}`;
    const network = await survives(outcomes, name, () => readNetwork(folder));
    if (!network) continue;
    const described = `${folder} ${JSON.stringify(network.config.transformer)}`;
    if (ran.has(described)) continue;
    ran.add(described);
    await runs(network).catch((cause: unknown) => {
      throw new Error(`${name}: ${JSON.stringify(network.config)}`, { cause });
    });
  }
  for (const { folder, config } of models) await writeFile(join(folder, "config.json"), config);
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  // The damage is neither too light nor always the same, and some of it changes the network.
  expect(outcomes.loaded).toBeGreaterThan(1000);
  expect(outcomes.loaded).toBeLessThan(5000);
  expect(outcomes.kinds.size).toBeGreaterThan(200);
  expect(ran.size).toBeGreaterThan(2 * models.length);
});

test(
  "1,000 damaged generation_config.json are read, or refused in one line",
  patience,
  async () => {
    const folder = join(root, "qwen2-shifted-checkpoint");
    const path = join(folder, "generation_config.json");
    const generation = await readFile(path, "utf8");
    const outcomes = tally();
    for (let seed = 0; seed < 1000; seed++) {
      const random = randomStream(splitKey(randomKey(42), "generation", seed));
      await writeFile(path, mutateJson(generation, random));
      const name = `seed ${seed}`;
      const network = await survives(outcomes, name, () => readNetwork(folder));
      if (network) expect(network.config.published!.maskId, name).toBeLessThanOrEqual(2 ** 24);
    }
    await writeFile(path, generation);
    expect(outcomes.loaded).toBeGreaterThan(100);
    expect(outcomes.loaded).toBeLessThan(900);
    expect(outcomes.kinds.size).toBeGreaterThan(10);
  },
);

/** A value that no model has, under the name of its field or of what it is. */
const beyond: readonly [family: string, change: Record<string, unknown>, message: RegExp][] = [
  ["qwen3-checkpoint-tied", { num_hidden_layers: 1e6 }, /num_hidden_layers: Too big.*got 1000000;/],
  ["qwen3-checkpoint-tied", { vocab_size: 2 ** 31 }, /vocab_size: Too big.*got 2147483648;/],
  ["qwen3-checkpoint-tied", { rope_theta: 1e-9 }, /rope_theta: Too small.*got 1e-9;/],
  ["llada-checkpoint", { mask_token_id: 321 }, /the mask must be from 0 to 320, got 321, and/],
  ["llada-checkpoint", { ["x".repeat(5000)]: 1, n_layers: "two" }, /n_layers: .*got "two";/],
  ["llada-moe-checkpoint", { num_experts: 2000 }, /num_experts: Too big.*got 2000;/],
  ["llada-moe-checkpoint", { moe_layer_freq: [1] }, /needs a mark for each of \d layers, got 1$/],
  ["llada-moe-checkpoint", { num_experts_per_tok: 99 }, /chosen .* at most \d+, all there are/],
  [
    "llada2-moe-checkpoint",
    { num_hidden_layers: 200, num_experts: 1000 },
    /all layers together may have 65536 experts, got \d+, 1000 in each$/,
  ],
  ["llada2-moe-checkpoint", { n_group: 3 }, /a multiple of that of groups, got \d+ and 3$/],
  [
    "llada2-moe-checkpoint",
    { topk_group: 99 },
    /groups kept .* at most \d+, all there are, got 99$/,
  ],
  ["mdlm", { options: { ["y".repeat(5000)]: 1 } }, /unknown option .* "y{120}\.\.\."; one of/],
  ["mdlm", { system: "\u001b[2J" }, /unknown system "\\u001b\[2J"; one of/],
];

test.each(beyond)(
  "%s with %j is refused before anything is made",
  async (name, change, message) => {
    const { folder, config } = models.find((each) => each.folder === join(root, name))!;
    const changed = { ...(JSON.parse(config) as object), ...change };
    await writeFile(join(folder, "config.json"), JSON.stringify(changed));
    const error: Error = await readNetwork(folder).catch((e) => e);
    await writeFile(join(folder, "config.json"), config);
    expect(error.message.split("\n")).toHaveLength(1);
    expect(error.message).toMatch(message);
    expect(error.message).toContain("config.json: ");
  },
);
