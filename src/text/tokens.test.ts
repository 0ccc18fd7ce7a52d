import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomKey, randomStream } from "../tensor/random.ts";
import { consecutive, windows } from "./batches.ts";
import { documentsOf } from "./corpus.ts";
import { openShards, writeShards } from "./token-shards.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { huggingface } from "./tokenizers/huggingface.ts";
import { tokenizers } from "./tokenizers/index.ts";
import { memoryTokens, split, tokenizeText } from "./tokens.ts";

const documents = Array.from(
  { length: 200 },
  (_, i) => `Document ${i}: 달 ${"😀".repeat(i % 7)}.\n`,
);

describe("tokenizeText", () => {
  test("ids, the end after each document, and how much text it was", async () => {
    const byte = await tokenizers.byte!.train([]);
    const { tokens, ...counts } = await tokenizeText(documentsOf(["né", "", "b"]), byte);
    expect([...(await tokens.read(0, tokens.length))]).toEqual([110, 195, 169, 256, 98, 256]);
    expect(counts).toEqual({ documents: 2, characters: 3, bytes: 4 });
  });
});

describe("split", () => {
  test("views of the first and the last part", async () => {
    const { train, validation } = split(memoryTokens(Int32Array.from({ length: 25 }, (_, i) => i)));
    expect([train.length, validation.length]).toEqual([22, 3]);
    expect([...(await validation.read(1, 3))]).toEqual([23, 24]);
    expect(() => validation.read(1, 4)).toThrow(/no range 1 \.\. 4 in 3 tokens/);
    expect(() => split(train, 1.5)).toThrow(/from 0 to 1/);
  });
});

describe("windows", () => {
  const source = memoryTokens(Int32Array.from({ length: 100 }, (_, i) => i));

  test("a function of key and step alone", async () => {
    const options = { length: 10, batch: 3, key: randomKey(5) };
    const once = windows(source, options);
    const late = await once.batch(1000);
    await once.batch(1);
    expect(await once.batch(1000)).toEqual(late);
    expect(await windows(source, options).batch(1000)).toEqual(late);
    expect(await windows(source, { ...options, key: randomKey(6) }).batch(1000)).not.toEqual(late);
    for (let row = 0; row < 3; row++)
      for (let i = 1; i < 10; i++) expect(late.x0[row * 10 + i]).toBe(late.x0[row * 10]! + i);
  });

  test("every beginning is equally likely, the last one included", async () => {
    const short = memoryTokens(Int32Array.of(0, 1, 2, 3, 4));
    const { x0: draws } = await windows(short, {
      length: 3,
      batch: 30_000,
      key: randomKey(1),
    }).batch(0);
    const counts = [0, 0, 0];
    for (let i = 0; i < draws.length; i += 3) counts[draws[i]!]!++;
    const squares = counts.map((count) => (count - 10_000) ** 2 / 10_000);
    expect(squares.reduce((a, b) => a + b)).toBeLessThan(13.8); // chi-square, 2 degrees, p = 0.001
  });

  test("a text shorter than a window is refused with both numbers", () => {
    const options = { length: 256, batch: 1, key: randomKey(0) };
    const message = /one window needs 256 tokens, the text has 100; take a smaller --length/;
    expect(() => windows(source, options)).toThrow(message);
    expect(() => consecutive(source, { length: 256 })).toThrow(message);
    expect(() => windows(source, { ...options, length: 0 })).toThrow(/length must be an integer/);
  });
});

describe("consecutive", () => {
  const source = memoryTokens(Int32Array.from({ length: 103 }, (_, i) => i));
  const starts = async (limit?: number) => {
    const found: number[] = [];
    for await (const { x0 } of consecutive(source, { length: 10, limit })) found.push(x0[0]!);
    return found;
  };

  test("side by side, or some of them spread evenly", async () => {
    expect(await starts()).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(await starts(5)).toEqual([0, 20, 40, 60, 80]);
    expect(await starts(3)).toEqual([0, 30, 60]);
    expect(await starts(99)).toHaveLength(10);
    await expect(consecutive(source, { length: 10 }).at(10)).rejects.toThrow(/no window 10/);
  });
});

describe("shards", () => {
  let folder = "";
  let byte: Tokenizer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "unmask-shards-"));
    byte = await tokenizers.byte!.train([]);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const wide = huggingface({
    added_tokens: [{ id: 70_000, content: "<|endoftext|>", special: true }],
    pre_tokenizer: {
      type: "Split",
      pattern: { Regex: "[\\s\\S]" },
      behavior: "Isolated",
      invert: false,
    },
    decoder: { type: "Fuse" },
    model: { type: "WordLevel", unk_token: "?", vocab: { "?": 69_999, D: 1, o: 66_000 } },
  });

  test.each(["byte", "wide"])("the same tokens as in memory: %s", async (name) => {
    const tokenizer = name === "byte" ? byte : wide;
    const memory = await tokenizeText(documentsOf(documents), tokenizer);
    const path = join(folder, name);
    const index = await writeShards(path, documentsOf(documents), tokenizer, { shardTokens: 1000 });
    expect(index.dtype).toBe(name === "byte" ? "uint16" : "uint32");
    expect(index.shards.length).toBeGreaterThan(2);
    // Two pages of 64 tokens are kept, far fewer than there are: the rest is read again and again.
    const disk = await openShards(path, { tokenizer, pageTokens: 64, cachedPages: 2 });
    const { tokens, documents: count, characters, bytes } = disk;
    expect({ documents: count, characters, bytes }).toEqual({ ...memory, tokens: undefined });
    expect(await tokens.read(0, tokens.length)).toEqual(
      await memory.tokens.read(0, memory.tokens.length),
    );
    const random = randomStream(randomKey(3));
    for (let i = 0; i < 300; i++) {
      const start = random.integer(tokens.length);
      const end = start + random.integer(Math.min(300, tokens.length - start) + 1);
      expect(await tokens.read(start, end)).toEqual(await memory.tokens.read(start, end));
    }
    const options = { length: 100, batch: 16, key: randomKey(9) };
    expect(await windows(tokens, options).batch(4)).toEqual(
      await windows(memory.tokens, options).batch(4),
    );
    await disk.close();
  });

  test("nothing is left behind when the text fails, and nothing is overwritten", async () => {
    const path = join(folder, "failing");
    const failing = function* () {
      yield { text: "fine", endsDocument: true };
      throw new Error("no more");
    };
    await expect(writeShards(path, failing(), byte)).rejects.toThrow(/cannot write .*: no more/);
    expect((await readdir(folder)).filter((name) => name.startsWith("failing"))).toEqual([]);
    await writeShards(path, documentsOf(["a"]), byte);
    await expect(writeShards(path, documentsOf(["b"]), byte)).rejects.toThrow(/exists already/);
  });

  test("damage is noticed", async () => {
    const path = join(folder, "damaged");
    await writeShards(path, documentsOf(documents), byte);
    const file = join(path, "tokens-00000.bin");
    const good = await readFile(file);
    await truncate(file, 100);
    await expect(openShards(path)).rejects.toThrow(
      /tokens-00000\.bin: must have \d+ bytes, has 100; the folder is damaged/,
    );
    await writeFile(file, good.fill(0xff, 20, 22));
    const shards = await openShards(path);
    await expect(shards.tokens.read(0, 5)).rejects.toThrow(/token 65535 of a vocabulary of 258/);
    await shards.close();
    await rm(file);
    await expect(openShards(path)).rejects.toThrow(/cannot be opened/);
    await writeFile(join(path, "index.json"), "{");
    await expect(openShards(path)).rejects.toThrow(/its content is not as written/);
    await expect(openShards(join(folder, "nowhere"))).rejects.toThrow(/no readable index\.json/);
  });

  test("impossible sizes are refused", async () => {
    const path = join(folder, "sizes");
    const write = (shardTokens: number) =>
      writeShards(path, documentsOf(["a"]), byte, { shardTokens });
    await expect(write(0)).rejects.toThrow(/shardTokens must be an integer >= 1, got 0/);
    await write(1);
    await expect(openShards(path, { pageTokens: 0 })).rejects.toThrow(/pageTokens must be/);
  });

  test("another tokenizer is refused", async () => {
    const path = join(folder, "other");
    await writeShards(path, documentsOf(["a"]), byte);
    await expect(openShards(path, { tokenizer: wide })).rejects.toThrow(/with another tokenizer/);
  });
});
