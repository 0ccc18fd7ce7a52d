/**
 * How token ids lie on disk: the index of a folder of shards, and ids as bytes.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { endianness } from "node:os";
import { z } from "zod";
import { UnmaskError } from "../errors.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** The name of the index in its folder. */
export const indexName = "index.json";

const count = z.int().nonnegative();
/** What an index has to look like. */
export const indexSchema = z.object({
  format: z.literal("unmask-tokens"),
  version: z.literal(1),
  dtype: z.enum(["uint16", "uint32"]),
  /** How many ids the tokenizer has: all ids on disk are below. */
  vocabulary: count,
  /** SHA-256 of the tokenizer's file content. */
  tokenizer: z.string(),
  tokens: count,
  documents: count,
  characters: count,
  bytes: count,
  shards: z.array(z.object({ file: z.string().regex(/^[\w.-]+$/), tokens: count })),
});

/** The content of `index.json`. */
export type ShardIndex = z.infer<typeof indexSchema>;

/** Tells tokenizers apart: SHA-256 of the content of their file. */
export function tokenizerFingerprint(tokenizer: Tokenizer): string {
  return createHash("sha256").update(JSON.stringify(tokenizer.toJSON())).digest("hex");
}

/** Fails for sizes of shards, pages or caches that nothing fits in. */
export function checkSize(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new UnmaskError("usage", `token shards: ${name} must be an integer >= 1, got ${value}`);
}

/** Bytes of one id. */
export function bytesPer(dtype: ShardIndex["dtype"]): number {
  return dtype === "uint16" ? 2 : 4;
}

/** Ids as the bytes of a shard. */
export function toBytes(ids: Int32Array, dtype: ShardIndex["dtype"]): Uint8Array {
  const values = dtype === "uint16" ? Uint16Array.from(ids) : Uint32Array.from(ids);
  return littleEndian(new Uint8Array(values.buffer), dtype);
}

/** The bytes of a shard as ids. */
export function fromBytes(
  bytes: Uint8Array<ArrayBuffer>,
  dtype: ShardIndex["dtype"],
): Uint16Array | Uint32Array {
  const { buffer } = littleEndian(bytes, dtype);
  return dtype === "uint16" ? new Uint16Array(buffer) : new Uint32Array(buffer);
}

/** Turns the bytes around in place on big-endian machines. */
function littleEndian(bytes: Uint8Array<ArrayBuffer>, dtype: ShardIndex["dtype"]) {
  if (endianness() === "LE") return bytes;
  const view = Buffer.from(bytes.buffer);
  if (dtype === "uint16") view.swap16();
  else view.swap32();
  return bytes;
}

/** The error for a file that is not as it was written. */
export function damaged(path: string, what: string, cause?: unknown): UnmaskError {
  return new UnmaskError(
    "corrupt",
    `token shards: ${path}: ${what}; the folder is damaged, tokenise the text again`,
    cause === undefined ? {} : { cause },
  );
}
