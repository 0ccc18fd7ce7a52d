/**
 * Damaged tokenizers and what stands beside them: each of them reads and writes texts, or is refused in
 * one line; nothing else happens.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readPublishedTokenizer } from "../src/checkpoint/published/tokenizer-files.ts";
import { randomKey, randomStream, splitKey } from "../src/tensor/index.ts";
import { chatTemplate, encodePrompt } from "../src/text/chat-template.ts";
import { bpe } from "../src/text/tokenizers/bpe.ts";
import { fileOfMerges } from "../src/text/tokenizers/merges-file.ts";
import { survives, tally } from "./support/damage.ts";
import { mutateJson } from "./support/mutate.ts";

const letters = Array.from("abcdefghijklmnopqrstuvwxyz");
const bytes = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
);
const numbered = (tokens: readonly string[]): Record<string, number> =>
  Object.fromEntries(tokens.map((token, id) => [token, id]));
const special = (id: number, content: string) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});
const rest = { version: "1.0", truncation: null, padding: null, post_processor: null };

const trained = (await bpe.train(["the cat, the hat; the cat sat"], { size: 262 })).toJSON() as {
  model: { vocab: Record<string, number>; merges: string[] };
};
const { vocab } = trained.model;
const merges = trained.model.merges.join("\n");

/** As Llama 2's: pieces with spaces of their own, bytes for what has no piece. */
const llama = {
  ...rest,
  added_tokens: [special(0, "<unk>"), special(1, "<s>"), special(2, "</s>")],
  normalizer: {
    type: "Sequence",
    normalizers: [
      { type: "Prepend", prepend: "\u2581" },
      { type: "Replace", pattern: { String: " " }, content: "\u2581" },
    ],
  },
  pre_tokenizer: null,
  decoder: {
    type: "Sequence",
    decoders: [
      { type: "Replace", pattern: { String: "\u2581" }, content: " " },
      { type: "ByteFallback" },
      { type: "Fuse" },
      { type: "Strip", content: " ", start: 1, stop: 0 },
    ],
  },
  model: {
    type: "BPE",
    unk_token: "<unk>",
    fuse_unk: true,
    byte_fallback: true,
    vocab: numbered(["<unk>", "<s>", "</s>", ...bytes, "\u2581", ...letters, "\u2581t", "he"]),
    merges: ["\u2581 t", "h e"],
  },
};

/** As T5's: pieces with scores. */
const unigram = {
  ...rest,
  added_tokens: [special(0, "<pad>"), special(1, "</s>")],
  normalizer: { type: "Precompiled", precompiled_charsmap: "" },
  pre_tokenizer: { type: "Metaspace", replacement: "\u2581", prepend_scheme: "always" },
  decoder: { type: "Metaspace", replacement: "\u2581", prepend_scheme: "always" },
  model: {
    type: "Unigram",
    unk_id: 2,
    vocab: ["<pad>", "</s>", "<unk>", "\u2581", "\u2581the", "at", ...letters].map((token, id) => [
      token,
      -id / 8,
    ]),
  },
};

/** As BERT's. */
const wordPiece = {
  ...rest,
  added_tokens: [special(0, "[UNK]"), special(1, "[SEP]"), special(2, "[MASK]")],
  normalizer: { type: "BertNormalizer", clean_text: true, lowercase: true, strip_accents: null },
  pre_tokenizer: { type: "BertPreTokenizer" },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: numbered([
      "[UNK]",
      "[SEP]",
      "[MASK]",
      "the",
      ...letters,
      ...letters.map((letter) => `##${letter}`),
    ]),
  },
};

const files: Readonly<Record<string, object>> = {
  "byte-level": trained,
  qwen2: fileOfMerges({ vocab, merges, modelType: "qwen2" }),
  llama,
  unigram,
  "word-piece": wordPiece,
};

const config = {
  tokenizer_class: "Qwen2Tokenizer",
  add_prefix_space: false,
  added_tokens_decoder: {
    "263": special(263, "<|im_start|>"),
    "264": special(264, "<|im_end|>"),
  },
  additional_special_tokens: ["<|im_start|>"],
  eos_token: { content: "<|im_end|>" },
  bos_token: "<|im_start|>",
  chat_template:
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}",
};

const model = { vocabulary: 400, maskId: 399, endIds: [398] };
const texts = [
  "the cat sat",
  "",
  " The <|im_end|> h\u00e9 12\u4e16\n\n\ud83d\ude42  \ud800 ##e",
  "a".repeat(300),
];

/** Reads a folder, and uses what it finds. */
async function use(folder: string): Promise<void> {
  const { tokenizer, chatTemplate: template } = await readPublishedTokenizer(folder, model);
  expect(tokenizer.size).toBe(model.vocabulary);
  for (const text of texts) {
    const ids = tokenizer.encode(text);
    for (const id of ids) expect(id >= 0 && id < tokenizer.size && Number.isInteger(id)).toBe(true);
    expect(typeof tokenizer.decode(ids)).toBe("string");
    const decoder = tokenizer.decoder();
    for (const id of ids) decoder.push(id);
    decoder.end();
  }
  for (let id = 0; id < tokenizer.size; id += 7) tokenizer.token(id);
  JSON.stringify(tokenizer.toJSON());
  if (template)
    encodePrompt(tokenizer, chatTemplate(template), [{ role: "user", content: "the cat?" }]);
}

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "unmask-tokenizers-"));
});
afterAll(() => rm(root, { recursive: true }));

/** Hundreds of files. */
const patience = { timeout: 120_000 };

/** Tries damaged versions of one of a folder's files. */
async function tryAll(
  count: number,
  content: Readonly<Record<string, object | string>>,
  damaged: string,
): Promise<ReturnType<typeof tally>> {
  const outcomes = tally();
  const folder = await mkdtemp(join(root, "case-"));
  await mkdir(folder, { recursive: true });
  const written = (value: object | string): string =>
    typeof value === "string" ? value : JSON.stringify(value);
  for (const [name, value] of Object.entries(content))
    await writeFile(join(folder, name), written(value));
  await use(folder);
  for (let seed = 0; seed < count; seed++) {
    const random = randomStream(splitKey(randomKey(43), damaged, seed));
    await writeFile(join(folder, damaged), mutateJson(written(content[damaged]!), random));
    await survives(outcomes, `${damaged}, seed ${seed}`, () => use(folder));
  }
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  return outcomes;
}

test.each(Object.entries(files))(
  "500 damaged tokenizer.json, %s, read and write texts, or are refused in one line",
  patience,
  async (_, file) => {
    const { loaded, kinds } = await tryAll(500, { "tokenizer.json": file }, "tokenizer.json");
    expect(loaded).toBeGreaterThan(50);
    expect(loaded).toBeLessThan(450);
    expect(kinds.size).toBeGreaterThan(10);
  },
);

test("1,000 damaged tokenizer_config.json, and 500 damaged vocab.json", patience, async () => {
  const beside = { "vocab.json": vocab, "merges.txt": merges, "tokenizer_config.json": config };
  const { loaded, kinds } = await tryAll(1000, beside, "tokenizer_config.json");
  expect(loaded).toBeGreaterThan(100);
  expect(loaded).toBeLessThan(900);
  expect(kinds.size).toBeGreaterThan(10);
  expect((await tryAll(500, beside, "vocab.json")).kinds.size).toBeGreaterThan(5);
});

const splitAt = (pattern: object | undefined): object => ({
  pre_tokenizer: { type: "Split", pattern, behavior: "Isolated", invert: false },
});
const doubling = { type: "Replace", pattern: { String: "a" }, content: "aa" };

/** What would take for ever, or all memory. */
const endless: readonly [what: string, parts: object, message: string][] = [
  ["a pattern", splitAt({ Regex: "(a+)+$" }), "must not repeat a group with a choice"],
  ["no pattern", splitAt(undefined), "Split: pattern must be a Regex or a String, got nothing"],
  [
    "pieces of no length",
    { pre_tokenizer: { type: "FixedLength", length: 0 } },
    "FixedLength: length must be an integer >= 1, got 0",
  ],
  [
    "doubling upon doubling",
    { normalizer: { type: "Sequence", normalizers: Array.from({ length: 40 }, () => doubling) } },
    "its replacements may make 1024 characters of one, got more",
  ],
  [
    "parts without end",
    {
      decoder: {
        type: "Sequence",
        decoders: Array.from({ length: 2000 }, () => ({ type: "Fuse" })),
      },
    },
    "it may have 1000 parts, got more",
  ],
];

test.each(endless)("a tokenizer with %s is refused", async (_, parts, message) => {
  const folder = await mkdtemp(join(root, "endless-"));
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify({ ...llama, ...parts }));
  await expect(use(folder)).rejects.toThrow(message);
});
