/**
 * The header of a safetensors file on disk, read without the rest: files may be larger than memory.
 *
 * @module
 */
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { UnmaskError } from "../errors.ts";
import { headerLength, readHeader } from "./safetensors.ts";
import type { SafetensorsHeader } from "./safetensors.ts";

/** Reads and checks it. No more is allocated than the file has, and a header may have. */
export async function readFileHeader(path: string): Promise<SafetensorsHeader> {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw new UnmaskError("missing", `${path}: there is no such file, or it can't be read`, {
      cause,
    });
  });
  try {
    const { size } = await file.stat();
    const start = await readStart(file, Math.min(8, size));
    const length = headerLength(start, size, path);
    return readHeader(await readStart(file, 8 + length), size, path);
  } finally {
    await file.close();
  }
}

/** A file's first bytes; fewer if it ends before. */
async function readStart(file: FileHandle, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
