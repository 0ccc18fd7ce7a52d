/**
 * A file that is being brought: `NAME.part` until all of it is there and has been checked.
 *
 * @module
 */
import { constants, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { UnmaskError } from "../errors.ts";
import { digestOf } from "./digest.ts";
import type { Digest, Expected } from "./digest.ts";
import { syncFolder, writeError } from "./write-atomic.ts";

/** The ending of unfinished files. */
export const partEnding = ".part";

export interface PartFile {
  /** Bytes that are there. */
  bytes(): number;
  append(chunk: Uint8Array): Promise<void>;
  /** Throws away what is there. */
  restart(): Promise<void>;
  /** Ends it: the hash, and how it differs from what was expected, if it does. */
  check(): ReturnType<Digest["close"]>;
  /** Syncs it and gives it its name. */
  finish(): Promise<void>;
  /** Leaves it as it is, to go on later. Does nothing after `finish`. */
  close(): Promise<void>;
}

/**
 * Opens what an earlier try has left, or a new file. What is there is read once, for its hash.
 *
 * @param path the name that the file will have
 * @param expected if what is there is larger than that, it is begun again
 */
export async function openPart(
  path: string,
  expected: Expected,
  signal?: AbortSignal,
): Promise<PartFile> {
  const part = path + partEnding;
  const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
  const file = await open(part, flags).catch((cause: unknown) => {
    throw writeError(part, cause);
  });
  let digest = digestOf(expected);
  const restart = async (): Promise<void> => {
    await file.truncate(0);
    digest = digestOf(expected);
  };
  try {
    const found = await file.stat();
    if (!found.isFile())
      throw new UnmaskError("exists", `${part}: must be a file, but is something else; remove it`);
    if (found.size > expected.bytes) await restart();
    const old = file.createReadStream({
      start: 0,
      autoClose: false,
      highWaterMark: 2 ** 20,
      signal,
    });
    for await (const chunk of old) digest.add(chunk as Uint8Array);
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    bytes: () => digest.bytes(),
    restart,
    async append(chunk) {
      const start = digest.bytes();
      try {
        for (let done = 0; done < chunk.length;)
          done += (await file.write(chunk, done, chunk.length - done, start + done)).bytesWritten;
      } catch (cause) {
        throw writeError(part, cause);
      }
      digest.add(chunk);
    },
    check: () => digest.close(),
    async finish() {
      try {
        await file.sync();
        await file.close();
        await rename(part, path);
        await syncFolder(dirname(path));
      } catch (cause) {
        throw writeError(path, cause);
      }
    },
    close: () => file.close(),
  };
}
