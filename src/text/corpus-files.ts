/**
 * Documents from files: `.txt`, `.jsonl`, either of them gzipped, and folders of these.
 *
 * Files are read in chunks as they are consumed. Bytes that are not UTF-8 become U+FFFD.
 *
 * @module
 */

import { createReadStream } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { UnmaskError } from "../errors.ts";
import { documentSplitter, lineText } from "./corpus.ts";
import type { TextPiece } from "./corpus.ts";

/** How to read a corpus. */
export interface CorpusOptions {
  /** The field of a .jsonl line that holds the text; `"text"` by default. */
  readonly field?: string;
}

type Format = "text" | "lines";

/**
 * The documents of a file or a folder (all its files of the known kinds, also in inner folders, in
 * the order of their paths). Fails with one line when the path is missing, unreadable, of no known
 * kind, damaged, or without text.
 *
 * @example
 * ```ts
 * for await (const { text, endsDocument } of readCorpus("stories.txt.gz")) use(text);
 * ```
 */
export async function* readCorpus(
  path: string,
  options: CorpusOptions = {},
): AsyncGenerator<TextPiece> {
  let empty = true;
  for (const file of await corpusFiles(path)) {
    for await (const piece of readDocuments(file, options)) {
      empty = false;
      yield piece;
    }
  }
  if (empty)
    throw new UnmaskError("corrupt", `corpus: ${path} holds no text; give it a file with some`);
}

/** The files that make up a corpus, sorted by path. */
export async function corpusFiles(path: string): Promise<string[]> {
  const info = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (!info.isDirectory()) {
    if (formatOf(path) === undefined)
      throw new UnmaskError(
        "usage",
        `corpus: needs a .txt or .jsonl file, either may be .gz, or a folder of them, got ${path}`,
      );
    return [path];
  }
  const files = (await filesBelow(path, new Set())).toSorted((a, b) => (a < b ? -1 : 1));
  if (files.length === 0)
    throw new UnmaskError(
      "missing",
      `corpus: the folder ${path} holds no .txt or .jsonl file (either may be .gz)`,
    );
  return files;
}

async function filesBelow(folder: string, visited: Set<string>): Promise<string[]> {
  const files: string[] = [];
  try {
    const real = await realpath(folder);
    if (visited.has(real)) return [];
    visited.add(real);
    for (const name of await readdir(folder)) {
      if (name.startsWith(".")) continue;
      const path = join(folder, name);
      const info = await stat(path);
      if (info.isDirectory()) files.push(...(await filesBelow(path, visited)));
      else if (info.isFile() && formatOf(path) !== undefined) files.push(path);
    }
  } catch (error) {
    throw UnmaskError.is(error) ? error : unreadable(folder, error);
  }
  return files;
}

function formatOf(path: string): Format | undefined {
  const name = path.toLowerCase();
  const inner = name.endsWith(".gz") ? name.slice(0, -3) : name;
  if (inner.endsWith(".jsonl")) return "lines";
  if (inner.endsWith(".txt")) return "text";
  // A bare .gz says nothing about its content: plain text, unless another kind is spelled out.
  return inner !== name && !/\.[a-z]+$/.test(inner.replace(/^.*[/\\]/, "")) ? "text" : undefined;
}

/** Whether a file has one record a line. */
export const isLines = (path: string): boolean => formatOf(path) === "lines";

async function* readDocuments(path: string, { field = "text" }: CorpusOptions) {
  if (isLines(path)) {
    let number = 0;
    for await (const line of readLines(path)) {
      const text = lineText(line, field, `${path}:${++number}`);
      if (text !== undefined && text.trim() !== "") yield { text, endsDocument: true };
    }
    return;
  }
  const splitter = documentSplitter();
  for await (const chunk of readText(path)) yield* splitter.push(chunk);
  yield* splitter.end();
}

/** The lines of a file, gzipped or not. */
export async function* readLines(path: string): AsyncGenerator<string> {
  let rest: string[] = [];
  for await (const chunk of readText(path)) {
    const lines = chunk.split("\n");
    // Only the last line may go on: a long one is put together once, when it is complete.
    for (const line of lines.slice(0, -1)) {
      yield rest.length > 0 ? [...rest, line].join("") : line;
      rest = [];
    }
    rest.push(lines.at(-1)!);
  }
  yield rest.join("");
}

/** The text of a file in chunks that never cut a character. */
async function* readText(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const file = createReadStream(path, { highWaterMark: 2 ** 18 });
  try {
    for await (const bytes of bytesOf(path, file)) yield decoder.decode(bytes, { stream: true });
    yield decoder.decode();
  } catch (error) {
    throw UnmaskError.is(error) ? error : unreadable(path, error);
  } finally {
    file.destroy();
  }
}

function bytesOf(path: string, file: Readable): AsyncIterable<Uint8Array> {
  if (!path.toLowerCase().endsWith(".gz")) return file;
  const unzip = createGunzip({ chunkSize: 2 ** 18 });
  file.on("error", (error) => unzip.destroy(error));
  return file.pipe(unzip);
}

const reasons: Readonly<Record<string, readonly ["missing" | "corrupt" | "unavailable", string]>> =
  {
    ENOENT: ["missing", "there is no such file or folder"],
    EACCES: ["unavailable", "no permission to read it"],
    Z_DATA_ERROR: ["corrupt", "it is not gzip, or damaged"],
    Z_BUF_ERROR: ["corrupt", "the gzip file is cut off"],
  };

function unreadable(path: string, error: unknown): UnmaskError {
  const { code, message } = error as { code?: string; message?: string };
  const [kind, reason] = reasons[code ?? ""] ?? ["unavailable", message ?? String(error)];
  return new UnmaskError(kind, `corpus: cannot read ${path}: ${reason}`, { cause: error });
}
