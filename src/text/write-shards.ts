/**
 * Writes shards: documents in, a folder of token ids out. A failure half-way leaves nothing behind.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UnmaskError } from "../errors.ts";
import type { TextPiece } from "./corpus.ts";
import { checkSize, indexName, toBytes, tokenizerFingerprint } from "./shard-format.ts";
import type { ShardIndex } from "./shard-format.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { tokenizePieces } from "./tokens.ts";

/**
 * Encodes documents into a new folder of shards.
 *
 * @param folder must not exist yet
 * @param options.shardTokens ids per file, 2^26 by default
 */
export async function writeShards(
  folder: string,
  pieces: AsyncIterable<TextPiece> | Iterable<TextPiece>,
  tokenizer: Tokenizer,
  options: { readonly shardTokens?: number } = {},
): Promise<ShardIndex> {
  const { shardTokens = 2 ** 26 } = options;
  checkSize("shardTokens", shardTokens);
  const target = resolve(folder);
  if (await exists(target)) throw alreadyThere(folder);
  const temporary = `${target}.${randomUUID().slice(0, 8)}.partial`;
  try {
    await mkdir(temporary, { recursive: true });
    const index = await writeFiles(temporary, pieces, tokenizer, shardTokens);
    await rename(temporary, target);
    await syncFolder(dirname(target));
    return index;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (UnmaskError.is(error)) throw error;
    const { code, message } = error as { code?: string; message?: string };
    if (code === "ENOTEMPTY" || code === "EEXIST") throw alreadyThere(folder);
    throw new UnmaskError(
      "unavailable",
      `token shards: cannot write ${folder}: ${code === "ENOSPC" ? "the disk is full" : message}`,
      { cause: error },
    );
  }
}

async function writeFiles(
  folder: string,
  pieces: AsyncIterable<TextPiece> | Iterable<TextPiece>,
  tokenizer: Tokenizer,
  shardTokens: number,
): Promise<ShardIndex> {
  const dtype = tokenizer.size <= 2 ** 16 ? "uint16" : "uint32";
  const total = { tokens: 0, documents: 0, characters: 0, bytes: 0 };
  const writer = shardWriter(folder, dtype, shardTokens);
  try {
    for await (const { ids, documents, characters, bytes } of tokenizePieces(pieces, tokenizer)) {
      await writer.push(ids);
      total.tokens += ids.length;
      total.documents += documents;
      total.characters += characters;
      total.bytes += bytes;
    }
    await writer.flush();
  } finally {
    await writer.close();
  }
  const index: ShardIndex = {
    format: "unmask-tokens",
    version: 1,
    dtype,
    vocabulary: tokenizer.size,
    tokenizer: tokenizerFingerprint(tokenizer),
    ...total,
    shards: writer.shards,
  };
  const file = await open(join(folder, indexName), "wx");
  await file.writeFile(`${JSON.stringify(index, null, 2)}\n`);
  await finishFile(file);
  return index;
}

// Documents may be as short as a line: their ids are gathered before they are written.
const bufferTokens = 2 ** 18;

interface ShardWriter {
  readonly shards: ShardIndex["shards"];
  push(ids: Int32Array): Promise<void>;
  /** Writes what is still gathered, and waits until the disk has it. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

function shardWriter(folder: string, dtype: ShardIndex["dtype"], shardTokens: number): ShardWriter {
  const shards: ShardIndex["shards"] = [];
  const buffer = new Int32Array(Math.min(bufferTokens, shardTokens));
  let buffered = 0;
  let file: FileHandle | undefined;

  const close = async (): Promise<void> => {
    const last = file;
    file = undefined;
    await last?.close();
  };
  const write = async (ids: Int32Array): Promise<void> => {
    for (let place = 0; place < ids.length;) {
      let shard = shards.at(-1);
      if (file === undefined || shard === undefined || shard.tokens === shardTokens) {
        await file?.sync();
        await close();
        shard = { file: `tokens-${String(shards.length).padStart(5, "0")}.bin`, tokens: 0 };
        shards.push(shard);
        file = await open(join(folder, shard.file), "wx");
      }
      const part = ids.subarray(place, place + shardTokens - shard.tokens);
      await file.writeFile(toBytes(part, dtype));
      shard.tokens += part.length;
      place += part.length;
    }
  };
  return {
    shards,
    async push(ids) {
      for (let place = 0; place < ids.length;) {
        const part = ids.subarray(place, place + buffer.length - buffered);
        buffer.set(part, buffered);
        buffered += part.length;
        place += part.length;
        if (buffered < buffer.length) continue;
        await write(buffer);
        buffered = 0;
      }
    },
    async flush() {
      await write(buffer.subarray(0, buffered));
      buffered = 0;
      await file?.sync();
    },
    close,
  };
}

async function finishFile(file: FileHandle): Promise<void> {
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a rename last; not every system lets folders be synced. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  try {
    await handle?.sync();
  } catch {
    // Nothing is lost but the certainty that the name survives a power cut.
  } finally {
    await handle?.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function alreadyThere(folder: string): UnmaskError {
  return new UnmaskError(
    "exists",
    `token shards: ${folder} exists already; remove it or choose another`,
  );
}
