/**
 * Token ids on disk, so that a corpus may be larger than the memory.
 *
 * A folder with `index.json` and files of little-endian uint16 (uint32 for vocabularies beyond
 * 65,536). It is written as a stream into a temporary folder that gets its name when it is complete;
 * it is read page by page, and the pages read last are kept.
 *
 * @module
 */

import { open, readFile } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { UnmaskError } from "../errors.ts";
import {
  bytesPer,
  checkSize,
  damaged,
  fromBytes,
  indexName,
  indexSchema,
  tokenizerFingerprint,
} from "./shard-format.ts";
import type { ShardIndex } from "./shard-format.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { checkRange } from "./tokens.ts";
import type { TokenizedText, TokenSource } from "./tokens.ts";

export { tokenizerFingerprint, type ShardIndex } from "./shard-format.ts";
export { writeShards } from "./write-shards.ts";

/** Tokens on disk, open for reading. */
export interface TokenShards extends TokenizedText {
  readonly index: ShardIndex;
  /** Closes the files; nothing can be read afterwards. */
  close(): Promise<void>;
}

/**
 * Opens a folder of shards. Fails with one line when it is missing, damaged, cut off, or was made
 * with another tokenizer than the given one.
 *
 * @param options.tokenizer the tokenizer that must have made it
 * @param options.cachedPages pages of `pageTokens` ids to keep; 1024 of 16,384 by default, 64 MB
 */
export async function openShards(
  folder: string,
  options: {
    readonly tokenizer?: Tokenizer;
    readonly cachedPages?: number;
    readonly pageTokens?: number;
  } = {},
): Promise<TokenShards> {
  const { pageTokens = 16_384, cachedPages = 1024 } = options;
  checkSize("pageTokens", pageTokens);
  checkSize("cachedPages", cachedPages);
  const index = await readIndex(folder);
  if (options.tokenizer && tokenizerFingerprint(options.tokenizer) !== index.tokenizer)
    throw new UnmaskError(
      "usage",
      `token shards: ${folder} was made with another tokenizer; tokenise the text again into a new folder`,
    );
  const files = await openFiles(folder, index);
  const { documents, characters, bytes } = index;
  return {
    index,
    documents,
    characters,
    bytes,
    tokens: pagedTokens(folder, index, files, pageTokens, cachedPages),
    async close() {
      await Promise.all(files.map((file) => file.close()));
    },
  };
}

async function readIndex(folder: string): Promise<ShardIndex> {
  const path = join(folder, indexName);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new UnmaskError("missing", `token shards: ${folder} has no readable ${indexName}`, {
      cause: error,
    });
  }
  try {
    const index = indexSchema.parse(JSON.parse(text));
    const sum = index.shards.reduce((total, { tokens }) => total + tokens, 0);
    if (sum !== index.tokens) throw new Error(`shards hold ${sum} tokens, not ${index.tokens}`);
    return index;
  } catch (error) {
    throw damaged(path, "its content is not as written", error);
  }
}

async function openFiles(folder: string, index: ShardIndex): Promise<FileHandle[]> {
  const files: FileHandle[] = [];
  try {
    for (const shard of index.shards) {
      const path = join(folder, shard.file);
      const file = await open(path, "r").catch((error: unknown) => {
        throw damaged(path, "cannot be opened", error);
      });
      files.push(file);
      const needed = shard.tokens * bytesPer(index.dtype);
      const { size } = await file.stat();
      if (size !== needed) throw damaged(path, `must have ${needed} bytes, has ${size}`);
    }
    return files;
  } catch (error) {
    await Promise.all(files.map((file) => file.close()));
    throw error;
  }
}

function pagedTokens(
  folder: string,
  index: ShardIndex,
  files: readonly FileHandle[],
  pageTokens: number,
  cachedPages: number,
): TokenSource {
  const size = bytesPer(index.dtype);
  const starts = index.shards.map((_, i) =>
    index.shards.slice(0, i).reduce((sum, { tokens }) => sum + tokens, 0),
  );
  // Promises are kept, so that reads at the same time load a page once. A Map remembers the order.
  const pages = new Map<number, Promise<Int32Array>>();

  const load = async (page: number): Promise<Int32Array> => {
    const from = page * pageTokens;
    const to = Math.min(from + pageTokens, index.tokens);
    const ids = new Int32Array(to - from);
    for (const [i, shard] of index.shards.entries()) {
      const first = Math.max(from, starts[i]!);
      const last = Math.min(to, starts[i]! + shard.tokens);
      if (first >= last) continue;
      const path = join(folder, shard.file);
      const bytes = new Uint8Array((last - first) * size);
      await readFully(files[i]!, bytes, (first - starts[i]!) * size, path);
      const part = fromBytes(bytes, index.dtype);
      for (const [place, id] of part.entries()) {
        if (id >= index.vocabulary)
          throw damaged(path, `has token ${id} of a vocabulary of ${index.vocabulary}`);
        ids[first - from + place] = id;
      }
    }
    return ids;
  };
  const page = (number: number): Promise<Int32Array> => {
    const kept = pages.get(number);
    const ids = kept ?? load(number);
    pages.delete(number);
    pages.set(number, ids);
    // A failed page is not kept: the file may be readable again later.
    if (kept === undefined) ids.catch(() => pages.delete(number));
    if (pages.size > cachedPages) pages.delete(pages.keys().next().value!);
    return ids;
  };

  return {
    length: index.tokens,
    async read(start, end) {
      checkRange(start, end, index.tokens);
      const ids = new Int32Array(end - start);
      for (let place = start; place < end;) {
        const number = Math.floor(place / pageTokens);
        const offset = place - number * pageTokens;
        const part = (await page(number)).subarray(offset, offset + end - place);
        ids.set(part, place - start);
        place += part.length;
      }
      return ids;
    },
  };
}

async function readFully(file: FileHandle, bytes: Uint8Array, position: number, path: string) {
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await file
      .read(bytes, done, bytes.length - done, position + done)
      .catch((error: unknown) => {
        throw damaged(path, "cannot be read", error);
      });
    if (bytesRead === 0) throw damaged(path, "became shorter while it was read");
    done += bytesRead;
  }
}
