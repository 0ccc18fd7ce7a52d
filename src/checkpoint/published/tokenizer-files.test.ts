import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { tokenizers } from "../../text/index.ts";
import { readPublishedTokenizer } from "./tokenizer-files.ts";

const root = await mkdtemp(join(tmpdir(), "unmask-tokenizer-"));
afterAll(() => rm(root, { recursive: true }));
let count = 0;

/** A folder with these files, objects as JSON. */
async function folderOf(files: Record<string, object | string>): Promise<string> {
  const folder = join(root, String(count++));
  await mkdir(folder);
  for (const [name, content] of Object.entries(files))
    await writeFile(
      join(folder, name),
      typeof content === "string" ? content : JSON.stringify(content),
    );
  return folder;
}

const own = await tokenizers["bpe"]!.train(["the cat, the hat; the cat sat"], { size: 262 });
const saved = own.toJSON() as {
  added_tokens: object[];
  model: { vocab: Record<string, number>; merges: string[] };
};
const plain = { ...saved, added_tokens: [] };
const { [own.token(own.maskId)]: _mask, ["<|endoftext|>"]: _end, ...vocab } = saved.model.vocab;
const merges = saved.model.merges.join("\n");
const config = {
  added_tokens_decoder: { "260": { content: "<|end|>", special: true } },
  eos_token: { content: "<|end|>" },
  bos_token: "<|begin|>",
  chat_template: [{ name: "default", template: "from the config" }],
};

test("tokenizer.json, or the older pair, with what stands beside them", async () => {
  const model = { vocabulary: 300, maskId: 290, endIds: [280] };
  const whole = await folderOf({
    "tokenizer.json": { ...plain, model: { ...plain.model, vocab } },
    "vocab.json": "not read",
    "tokenizer_config.json": config,
  });
  const pair = await folderOf({
    "vocab.json": vocab,
    "merges.txt": `#version: 0.2\n${merges}\n`,
    "tokenizer_config.json": config,
    "chat_template.jinja": "from a file",
  });
  for (const [folder, from, template] of [
    [whole, "tokenizer_config.json", "from the config"],
    [pair, "chat_template.jinja", "from a file"],
  ] as const) {
    const { tokenizer, chatTemplate } = await readPublishedTokenizer(folder, model);
    expect(tokenizer).toMatchObject({ size: 300, maskId: 290, endId: 280, endIds: [280, 260] });
    expect(tokenizer.encode("the cat")).toEqual(own.encode("the cat"));
    expect(tokenizer.encodeTemplate!("<|begin|>the<|end|>")).toHaveLength(3);
    expect(chatTemplate).toEqual({
      template,
      bosToken: "<|begin|>",
      eosToken: "<|end|>",
      name: `${join(folder, from)}: chat template`,
    });
  }
  // A checkpoint without a tokenizer takes that of another folder, or a file.
  const bare = await folderOf({ "config.json": {} });
  for (const path of [pair, join(whole, "tokenizer.json")]) {
    const { tokenizer } = await readPublishedTokenizer(bare, { ...model, path });
    expect(tokenizer.encode("the cat")).toEqual(own.encode("the cat"));
  }
});

test.each([
  [{}, /needs a tokenizer, got neither tokenizer\.json nor vocab\.json .* --tokenizer PATH$/],
  [{ "vocab.json": vocab }, /vocab\.json needs merges\.txt beside it, got none; download it/],
  [{ "merges.txt": merges }, /merges\.txt needs vocab\.json beside it, got none; download it/],
  [{ "tokenizer.model": "x" }, /got only tokenizer\.model, SentencePiece.*save_pretrained/],
  [{ "tokenizer.json": "{" }, /tokenizer\.json: not JSON/],
  [{ "tokenizer.json": {} }, /: tokenizer\.json: model: .*download it again$/],
  [{ "tokenizer.json": saved, "tokenizer_config.json": [] }, /: tokenizer_config\.json: the whole/],
  [{ "vocab.json": vocab, "merges.txt": "a b" }, /: merges\.txt:1: the token "ab" must be in/],
])("%j is one line of error", async (files, message) => {
  const error: Error = await readPublishedTokenizer(await folderOf(files), {}).catch((e) => e);
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain("\n");
});

test("a tokenizer that does not belong to the model, and a path to nothing", async () => {
  const folder = await folderOf({ "tokenizer.json": saved });
  await expect(readPublishedTokenizer(folder, { vocabulary: 200 })).rejects.toThrow(
    `${folder}: tokenizer.json: has ids up to 261, the model only 200; it belongs to another model`,
  );
  await expect(readPublishedTokenizer(folder, { path: "/no/such" })).rejects.toThrow(
    "--tokenizer /no/such: must be a tokenizer.json or a folder with one, got no such file",
  );
});

test("files too large to be true are not read", async () => {
  const folder = await folderOf({ "tokenizer.json": saved, "chat_template.jinja": "" });
  // Sparse: takes no room.
  await truncate(join(folder, "chat_template.jinja"), 2 ** 40);
  await expect(readPublishedTokenizer(folder, {})).rejects.toThrow(
    /chat_template\.jinja: must have at most 67108864 bytes, got 1099511627776; /,
  );
  const other = await folderOf({});
  await mkdir(join(other, "tokenizer.json"));
  await expect(readPublishedTokenizer(other, {})).rejects.toThrow(/must be a file, got something/);
});
