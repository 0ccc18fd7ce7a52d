import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UnmaskError } from "../errors.ts";
import { readCorpus } from "./corpus-files.ts";
import type { CorpusOptions } from "./corpus-files.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unmask-corpus-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, content);
  return path;
}

async function documents(path: string, options?: CorpusOptions): Promise<string[]> {
  const whole: string[] = [];
  let open = "";
  for await (const { text, endsDocument } of readCorpus(path, options)) {
    open += text;
    if (!endsDocument) continue;
    whole.push(open);
    open = "";
  }
  return whole;
}

async function failure(path: string, options?: CorpusOptions): Promise<string> {
  try {
    await documents(path, options);
  } catch (error) {
    if (!UnmaskError.is(error)) throw error;
    expect(error.message).not.toContain("\n");
    return error.message.replaceAll(folder, "DIR");
  }
  return "none";
}

const text = "One, 하나.\n<|endoftext|>\nTwo, 二, 😀.\n";
const lines = '{"text": "A\\nB", "label": 1}\n\n{"text": "C"}\r\n{"text": ""}';

test("every kind of file", async () => {
  const expected = ["One, 하나.", "Two, 二, 😀.\n"];
  expect(await documents(await put("a.txt", text))).toEqual(expected);
  expect(await documents(await put("a.txt.gz", gzipSync(text)))).toEqual(expected);
  expect(await documents(await put("bare.gz", gzipSync(text)))).toEqual(expected);
  expect(await documents(await put("b.jsonl", lines))).toEqual(["A\nB", "C"]);
  expect(await documents(await put("b.jsonl.gz", gzipSync(lines)))).toEqual(["A\nB", "C"]);
  const other = await put("c.jsonl", '{"body": "text"}\n');
  expect(await documents(other, { field: "body" })).toEqual(["text"]);
});

test("folders, sorted, with inner folders and without other files", async () => {
  await put("many/b.txt", "b");
  await put("many/a/z.jsonl", '{"text": "a/z"}');
  await put("many/a/B.TXT", "a/B");
  await put("many/picture.png", "not text");
  await put("many/.hidden.txt", "not wanted");
  await symlink(join(folder, "many"), join(folder, "many/a/circle"));
  expect(await documents(join(folder, "many"))).toEqual(["a/B", "a/z", "b"]);
});

test("characters are whole across chunks, however long the file", async () => {
  const long = `x${"명월😀 ".repeat(200_000)}`;
  expect((await documents(await put("long.txt", long)))[0]).toBe(long);
  expect((await documents(await put("long.txt.gz", gzipSync(long))))[0]).toBe(long);
  const line = JSON.stringify({ text: long });
  expect((await documents(await put("long.jsonl", `${line}\n${line}\n`)))[1]).toBe(long);
});

test("broken UTF-8 becomes U+FFFD, a byte order mark is dropped", async () => {
  const bytes = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xff, 0x62, 0xe4, 0xb8);
  expect(await documents(await put("broken.txt", bytes))).toEqual(["a\ufffdb\ufffd"]);
});

test("what is wrong is said in one line", async () => {
  expect(await failure(join(folder, "nowhere.txt"))).toBe(
    "corpus: cannot read DIR/nowhere.txt: there is no such file or folder",
  );
  expect(await failure(await put("empty.txt", ""))).toMatch(/empty\.txt holds no text/);
  expect(await failure(await put("blank.jsonl", "\n\n"))).toMatch(/holds no text/);
  expect(await failure(await put("a.parquet", "PAR1"))).toMatch(/needs a \.txt or \.jsonl file/);
  expect(await failure(await put("a.tsv.gz", gzipSync(text)))).toMatch(/needs a \.txt/);
  await mkdir(join(folder, "nothing"));
  expect(await failure(join(folder, "nothing"))).toMatch(/holds no \.txt or \.jsonl/);
  expect(await failure(await put("x.jsonl", `${lines}\n{"body": "x"}`))).toMatch(
    /^corpus: DIR\/x\.jsonl:5: needs a field "text"/,
  );
  expect(await failure(await put("cut.txt.gz", gzipSync(text.repeat(99)).subarray(0, 60)))).toMatch(
    /the gzip file is cut off/,
  );
  expect(await failure(await put("not.txt.gz", text))).toMatch(/it is not gzip, or damaged/);
});
