/**
 * Damaged checkpoints: each of them loads, or is refused in one line; nothing else happens.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../src/checkpoint/safetensors.ts";
import { locateTensors } from "../src/checkpoint/shards.ts";
import { floats, integers, randomKey, randomStream, splitKey } from "../src/tensor/index.ts";
import type { Random } from "../src/tensor/index.ts";
import { survives, tally } from "./support/damage.ts";
import { mutateBytes, mutateJson } from "./support/mutate.ts";

const intact = encodeSafetensors(
  {
    "model.wte.weight": floats(
      [6, 4],
      Float32Array.from({ length: 24 }, (_, i) => i),
    ),
    "model.norm": floats([4], Float32Array.of(1, 1, 1, 1)),
    "model.places": integers([3], Int32Array.of(0, 1, 2)),
    scalar: floats([], Float32Array.of(7)),
    empty: floats([0, 5], new Float32Array(0)),
  },
  { format: "pt" },
);
const headerEnd = 8 + Number(new DataView(intact.buffer).getBigUint64(0, true));
const header = new TextDecoder().decode(intact.subarray(8, headerEnd));
const data = intact.subarray(headerEnd);

/** A file whose header is damaged, or its length, or the end of its data. */
function damagedFile(random: Random): Uint8Array {
  const json = mutateJson(header, random);
  const prefix = new Uint8Array(8);
  const lengths = [
    0n,
    1n,
    2n ** 64n - 1n,
    2n ** 63n,
    2n ** 40n,
    16_000_001n,
    BigInt(json.length - 1),
  ];
  const lies = random.integer(10) === 0;
  const length = lies ? lengths[random.integer(lengths.length)]! : BigInt(json.length);
  new DataView(prefix.buffer).setBigUint64(0, BigInt.asUintN(64, length), true);
  const kept = random.integer(10) === 0 ? data.subarray(0, random.integer(data.length)) : data;
  const file = Buffer.concat([prefix, json, kept]);
  return random.integer(20) === 0 ? mutateBytes(file, random) : file;
}

test("10,000 damaged safetensors files load, or are refused in one line, at little cost", async () => {
  const outcomes = tally();
  for (let seed = 0; seed < 10_000; seed++) {
    const file = damagedFile(randomStream(splitKey(randomKey(41), "header", seed)));
    await survives(outcomes, `seed ${seed}`, () => {
      const { tensors } = decodeSafetensors(file, "file");
      for (const { shape, data: numbers } of Object.values(tensors))
        expect(shape.reduce((product, size) => product * size, 1)).toBe(numbers.length);
    });
  }
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  // The damage is neither too light nor always the same.
  expect(outcomes.loaded).toBeGreaterThan(100);
  expect(outcomes.loaded).toBeLessThan(5000);
  expect(outcomes.kinds.size).toBeGreaterThan(12);
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unmask-fuzz-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("1,000 folders with a damaged index load, or are refused in one line", async () => {
  const outcomes = tally();
  await mkdir(join(folder, "shards"));
  const shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] as const;
  const weight = (): ReturnType<typeof floats> => floats([2], Float32Array.of(1, 2));
  const inside = join(folder, "shards");
  await writeFile(join(inside, shards[0]), encodeSafetensors({ a: weight(), b: weight() }));
  await writeFile(join(inside, shards[1]), encodeSafetensors({ c: weight() }));
  // What a name that leads out of the folder would find.
  await writeFile(join(folder, "evil.safetensors"), encodeSafetensors({ a: weight() }));
  const index = JSON.stringify({
    metadata: { total_size: 24 },
    weight_map: { a: shards[0], b: shards[0], c: shards[1] },
  });
  for (let seed = 0; seed < 1000; seed++) {
    const random = randomStream(splitKey(randomKey(41), "index", seed));
    await writeFile(join(inside, "model.safetensors.index.json"), mutateJson(index, random));
    await survives(outcomes, `seed ${seed}`, async () => {
      const tensors = await locateTensors(inside);
      for (const { file } of Object.values(tensors)) expect(file).toContain("shards");
    });
  }
  expect(outcomes.loaded).toBeGreaterThan(50);
  expect(outcomes.loaded).toBeLessThan(900);
  expect(outcomes.kinds.size).toBeGreaterThan(5);
});
