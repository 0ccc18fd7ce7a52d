import { mkdir, mkdtemp, open, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { floats } from "../tensor/index.ts";
import { encodeSafetensors } from "./safetensors.ts";
import { locateTensors } from "./shards.ts";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "unmask-shards-")));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (...names: string[]): string => join(folder, ...names);
const shard = (...names: string[]): Uint8Array =>
  encodeSafetensors(
    Object.fromEntries(names.map((name, i) => [name, floats([2], Float32Array.of(i, 1))])),
  );
const writeIndex = (map: object): Promise<void> =>
  writeFile(at("model.safetensors.index.json"), JSON.stringify({ weight_map: map }));

test("tensors of several shards are found, with their bytes", async () => {
  await writeFile(at("one.safetensors"), shard("a", "b"));
  await writeFile(at("two.safetensors"), shard("c"));
  await writeIndex({ a: "one.safetensors", b: "one.safetensors", c: "two.safetensors" });
  const tensors = await locateTensors(folder);
  expect(Object.keys(tensors)).toEqual(["a", "b", "c"]);
  const { file, ...b } = tensors["b"]!;
  expect(file).toBe(at("one.safetensors"));
  expect(b).toMatchObject({ dtype: "F32", shape: [2], bytes: 8 });
  const handle = await open(file);
  const bytes = new Uint8Array(8);
  await handle.read(bytes, 0, 8, b.offset);
  await handle.close();
  expect([...new Float32Array(bytes.buffer)]).toEqual([1, 1]);
});

test("a file far larger than memory is read by its header alone", async () => {
  const size = 2 ** 36;
  const json = JSON.stringify({
    big: { dtype: "BF16", shape: [2 ** 15, 2 ** 20], data_offsets: [0, size] },
  });
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(json.length));
  await writeFile(at("other-name.safetensors"), prefix + json, "latin1");
  const handle = await open(at("other-name.safetensors"), "r+");
  await handle.truncate(8 + json.length + size);
  await handle.close();
  const before = process.memoryUsage().arrayBuffers;
  expect((await locateTensors(folder))["big"]).toMatchObject({
    offset: 8 + json.length,
    bytes: size,
  });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
});

const wrong: readonly [what: string, prepare: () => Promise<unknown>, message: RegExp][] = [
  [
    "a missing shard",
    () => writeIndex({ a: "one.safetensors" }),
    /one\.safetensors: there is no such file/,
  ],
  [
    "a tensor in two shards",
    async () => {
      await writeFile(at("one.safetensors"), shard("a"));
      await writeFile(at("two.safetensors"), shard("b", "a"));
      await writeIndex({ a: "one.safetensors", b: "two.safetensors" });
    },
    /tensor "a" is in two shards, one\.safetensors and two\.safetensors/,
  ],
  [
    "a promised tensor that is nowhere",
    async () => {
      await writeFile(at("one.safetensors"), shard("a"));
      await writeIndex({ a: "one.safetensors", b: "one.safetensors" });
    },
    /tensor "b" must be in one\.safetensors, but is in no shard/,
  ],
  [
    "a shard of another folder",
    () => writeIndex({ a: "../one.safetensors" }),
    /a file's name must be plain, without any folder, got "\.\.\/one\.safetensors"/,
  ],
  [
    "a link out of the folder",
    async () => {
      await mkdir(at("inner"));
      await writeFile(at("secret"), shard("a"));
      await symlink("../secret", at("inner", "model.safetensors"));
      folder = at("inner");
    },
    /model\.safetensors: leads out of its folder/,
  ],
  ["a folder in place of a file", () => mkdir(at("model.safetensors")), /must be a file/],
  [
    "pickles alone",
    () => writeFile(at("pytorch_model.bin"), "x"),
    /got only pickles \("pytorch_model\.bin"\).*convert them in Python/,
  ],
  ["no weights", () => writeFile(at("config.json"), "{}"), /has no weights/],
  [
    "several files without an index",
    async () => {
      await writeFile(at("a.safetensors"), shard("a"));
      await writeFile(at("b.safetensors"), shard("b"));
    },
    /got 2 of them and no index/,
  ],
];

test.each(wrong)("refused in one line: %s", async (_, prepare, message) => {
  const root = folder;
  await prepare();
  await expect(locateTensors(folder)).rejects.toThrow(message);
  folder = root;
});

test("the Hub's own cache is read, whose files are links into a folder beside", async () => {
  const snapshot = at("models--acme--tiny", "snapshots", "1234");
  await mkdir(snapshot, { recursive: true });
  await mkdir(at("models--acme--tiny", "blobs"));
  await writeFile(at("models--acme--tiny", "blobs", "ab12"), shard("a"));
  await symlink("../../blobs/ab12", join(snapshot, "model.safetensors"));
  expect((await locateTensors(snapshot))["a"]!.file).toBe(
    at("models--acme--tiny", "blobs", "ab12"),
  );
});
