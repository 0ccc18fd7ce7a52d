/**
 * A safetensors file that is written piece by piece, for models that are larger than memory.
 *
 * @module
 */
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { UnmaskError } from "../errors.ts";
import { planSafetensors } from "./safetensors.ts";
import type { PlannedTensor } from "./safetensors.ts";
import { syncFolder, writeError } from "./write-atomic.ts";

/** float16 as its bits. */
export type StoredNumbers = Float32Array | Uint16Array | Int8Array | Uint8Array;

export interface SafetensorsWriter {
  /** Puts numbers into a tensor, from the `first` of its numbers on. */
  write(name: string, numbers: StoredNumbers, first?: number): Promise<void>;
  /** Reads back what was put into a tensor: as many numbers as there is room for, which it returns. */
  read<Numbers extends StoredNumbers>(
    name: string,
    into: Numbers,
    first?: number,
  ): Promise<Numbers>;
  /** Syncs the file and gives it its name. */
  finish(): Promise<void>;
  /** Removes what was not finished. */
  discard(): Promise<void>;
}

/** Begins a file of these tensors under a temporary name. What is never written is 0. */
export async function createSafetensors(
  path: string,
  tensors: Readonly<Record<string, PlannedTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<SafetensorsWriter> {
  const { start, offsets, bytes } = planSafetensors(tensors, metadata);
  const temporary = `${path}.${process.pid}.tmp`;
  const explained = (cause: unknown): never => {
    throw writeError(path, cause);
  };
  const file = await open(temporary, "w+").catch(explained);
  const put = async (piece: Uint8Array, at: number): Promise<void> => {
    for (let done = 0; done < piece.length;)
      done += (await file.write(piece, done, piece.length - done, at + done)).bytesWritten;
  };
  const writer: SafetensorsWriter = {
    async write(name, numbers, first = 0) {
      const piece = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
      const at = offsets.get(name)! + first * numbers.BYTES_PER_ELEMENT;
      await put(piece, at).catch(explained);
    },
    async read(name, into, first = 0) {
      const piece = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
      const at = offsets.get(name)! + first * into.BYTES_PER_ELEMENT;
      for (let done = 0; done < piece.length;) {
        const { bytesRead } = await file.read(piece, done, piece.length - done, at + done);
        if (bytesRead === 0)
          throw new UnmaskError("corrupt", `${path}: has become shorter while it was written`);
        done += bytesRead;
      }
      return into;
    },
    async finish() {
      await file.sync().catch(explained);
      await file.close();
      await rename(temporary, path);
      await syncFolder(dirname(path));
    },
    async discard() {
      await file.close();
      await rm(temporary, { force: true });
    },
  };
  try {
    await file.truncate(bytes);
    await put(start, 0);
  } catch (cause) {
    await writer.discard();
    explained(cause);
  }
  return writer;
}
