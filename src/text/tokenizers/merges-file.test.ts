import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Tokenizer } from "../tokenizer.ts";
import { byteLetters } from "./byte-alphabet.ts";
import { huggingface } from "./huggingface.ts";
import { tokenizers } from "./index.ts";
import { fileOfMerges } from "./merges-file.ts";
import { publishedTokenizer } from "./published.ts";
import { readTokenizerConfig } from "./tokenizer-config.ts";
import type { TokenizerConfigFiles } from "./tokenizer-config.ts";

const samples = [
  "Once upon a time, there was a girl. She'LL say: I'm 1234 years old!\n\n  \r\n x",
  "옛날 옛적에 호랑이가 e\u0301 \u00a0\u3000 明月光，疑是地上霜 👩‍👩‍👧‍👦 <|endoftext|>",
];

interface Saved {
  readonly model: { readonly vocab: Record<string, number>; readonly merges: readonly string[] };
}

/** A saved file as the older pair of files. */
const pairOf = ({ model }: Saved, version = "#version: 0.2\n") => ({
  vocab: model.vocab,
  merges: `${version}${model.merges.join("\n")}\n`,
});

/** The tokenizer of a pair and the files beside it. */
function open(
  pair: { vocab: unknown; merges: string; modelType?: string },
  files: TokenizerConfigFiles = {},
  size?: number,
) {
  const config = readTokenizerConfig(files);
  return publishedTokenizer(fileOfMerges({ ...pair, ...config }), config, { vocabulary: size });
}

test.each([{}, { tokenizer_class: "GPT2TokenizerFast" }])(
  "our own pairs, written as vocab.json and merges.txt, encode as before %#",
  async (config) => {
    const own = await tokenizers["bpe"]!.train(samples, { size: 400 });
    const saved = own.toJSON() as Saved;
    for (const version of ["#version: 0.2\n", "#version: 0.2\r\n", ""]) {
      const files = {
        config: { ...config, eos_token: "<|endoftext|>", mask_token: { content: "[MASK]" } },
      };
      const read = open(pairOf(saved, version), files);
      expect(read).toMatchObject({ size: own.size, endId: own.endId, maskId: own.maskId });
      for (const text of samples) expect(read.encode(text)).toEqual(own.encode(text));
    }
  },
);

describe("what stands beside the pair", () => {
  const vocab = Object.fromEntries(byteLetters.map((letter, byte) => [letter, byte]));
  const pair = { vocab, merges: "" };
  const added = { "256": { content: "<|im_end|>", special: true }, "257": { content: "<think>" } };

  test("tokens of the config are added, parts that have no id get the next", () => {
    const config = { added_tokens_decoder: added, eos_token: "<|im_end|>", mask_token: "<|m|>" };
    // The older files don't count beside a decoder.
    const older = { specialTokens: { pad_token: "<pad>" }, addedTokens: { "<old>": 258 } };
    const tokenizer = open(pair, { config, ...older });
    expect(tokenizer).toMatchObject({ size: 259, endId: 256, maskId: 258 });
    const named = readTokenizerConfig({ config });
    const told = { vocabulary: 300, maskId: 270, endIds: [260] };
    expect(publishedTokenizer(fileOfMerges(pair), named, told)).toMatchObject({
      size: 300,
      endIds: [260, 256],
      maskId: 270,
    });
  });

  test("the older files alone: special is what plays a part", () => {
    const addedTokens = { "<|im_end|>": 256, "<tool>": 257, "<mask>": 258 };
    const specialTokens = {
      eos_token: { content: "<|im_end|>" },
      additional_special_tokens: ["<mask>"],
    };
    const tokenizer = open(pair, { addedTokens, specialTokens });
    expect(tokenizer).toMatchObject({ size: 259, endId: 256, maskId: 258 });
    expect(tokenizer.encode("<tool>")).toEqual(Int32Array.of(257));
    expect(tokenizer.encode("<|im_end|>")).toHaveLength(10);
    expect(tokenizer.decode([97, 256, 257])).toBe("a<tool>");
  });

  test("a part that the model has no id for is left out", () => {
    const files = { config: { eos_token: "<end>", pad_token: "<pad>" } };
    expect(open(pair, files, 257).encodeTemplate("<pad>")).toHaveLength(5);
    expect(open(pair, files, 258).encodeTemplate("<pad>")).toHaveLength(1);
  });

  test("Qwen2 and Dream cut digits one by one, GPT-2 does not", () => {
    const digits = { vocab: { ...vocab, "12": 256 }, merges: "1 2" };
    const lengthUnder = (tokenizer_class?: string, modelType?: string) =>
      open({ ...digits, modelType: modelType ?? "" }, { config: { tokenizer_class } }).encode("12")
        .length;
    expect(lengthUnder()).toBe(1);
    expect(lengthUnder("GPT2Tokenizer", "dream")).toBe(1);
    expect(lengthUnder("Qwen2TokenizerFast")).toBe(2);
    expect(lengthUnder("DreamTokenizer")).toBe(2);
    expect(lengthUnder(undefined, "a2d-qwen3")).toBe(2);
    expect(() => lengthUnder("CLIPTokenizer")).toThrow(
      /tokenizer_class must be that of GPT-2, Qwen2 or Dream .*, got "CLIPTokenizer"; save a tokenizer\.json/,
    );
  });

  test.each([
    ["#version\n\nab", /^merges\.txt:3: must be two tokens and a space, got "ab"/],
    ["a b", /^merges\.txt:1: the token "ab" must be in vocab\.json, got none/],
  ])("%j is refused", (merges, message) =>
    expect(() => fileOfMerges({ vocab, merges })).toThrow(message),
  );

  test.each([
    [{ config: { eos_token: 3 } }, /^tokenizer_config\.json: eos_token: /],
    [{ config: [] }, /^tokenizer_config\.json: the whole: /],
    [{ config: { added_tokens_decoder: { x: added["256"] } } }, /^tokenizer_config\.json: added/],
    [{ config: { added_tokens_decoder: { "99999999999": added["256"] } } }, /json: id: /],
    [{ specialTokens: { bos_token: [] } }, /^special_tokens_map\.json: bos_token: /],
    [{ addedTokens: { "<x>": -1 } }, /^added_tokens\.json: <x>: /],
  ])("%j is refused", (files, message) =>
    expect(() => readTokenizerConfig(files)).toThrow(message),
  );

  test("of several chat templates the default is taken", () => {
    const templateOf = (chat_template: unknown) =>
      readTokenizerConfig({ config: { chat_template } }).chatTemplate;
    const tools = { name: "tool_use", template: "T" };
    expect(templateOf("A")).toBe("A");
    expect(templateOf([tools, { name: "default", template: "D" }])).toBe("D");
    expect(templateOf([tools])).toBe("T");
    expect(templateOf(null)).toBeUndefined();
  });
});

const shared = new URL("../../../../shared/data/tokenizers/", import.meta.url);

if (existsSync(shared))
  describe("published pairs", () => {
    const text = (name: string) => readFileSync(new URL(name, shared), "utf8");
    const json = (name: string): unknown => JSON.parse(text(name));
    const same = (ours: Tokenizer, theirs: Tokenizer) => {
      for (const sample of samples) expect(ours.encode(sample)).toEqual(theirs.encode(sample));
    };

    test("GPT-2's pair is its tokenizer.json", () => {
      const saved = json("gpt2/tokenizer.json") as Saved;
      const gpt2 = open(pairOf(saved), { config: { unk_token: "<|endoftext|>" } });
      expect(gpt2).toMatchObject({ size: 50258, endId: 50256, maskId: 50257 });
      same(gpt2, huggingface(saved));
    });

    test("SDAR's pair", () => {
      const pair = { vocab: json("qwen/vocab.json"), merges: text("qwen/merges.txt") };
      const files = {
        config: json("qwen/tokenizer_config.json"),
        specialTokens: json("qwen/special_tokens_map.json"),
        addedTokens: json("qwen/added_tokens.json"),
      };
      const qwen = open(pair, files);
      expect(qwen).toMatchObject({ size: 151670, endId: 151643, maskId: 151669 });
      expect([...qwen.encodeTemplate("<|im_start|>user\n12")]).toEqual([151644, 872, 198, 16, 17]);
    });
  });
