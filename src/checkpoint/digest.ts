/**
 * What is known of a file's contents, and whether bytes agree with it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** What is known of a file before it is here. */
export interface Expected {
  readonly bytes: number;
  readonly sha256?: string | undefined;
  /** SHA-1 of `blob SIZE\0` and the bytes, by which Git knows a file. */
  readonly gitBlob?: string | undefined;
}

export interface Digest {
  add(chunk: Uint8Array): void;
  /** Bytes so far. */
  bytes(): number;
  /** Ends it: the hash, and how it differs from what was expected, if it does. */
  close(): { readonly sha256: string; readonly difference: string | undefined };
}

/** Sums bytes up as they come. */
export function digestOf(expected: Expected): Digest {
  const sha256 = createHash("sha256");
  const git = createHash("sha1").update(`blob ${expected.bytes}\0`);
  let bytes = 0;
  return {
    add(chunk) {
      sha256.update(chunk);
      if (expected.gitBlob !== undefined) git.update(chunk);
      bytes += chunk.length;
    },
    bytes: () => bytes,
    close() {
      const found = sha256.digest("hex");
      const pairs: [what: string, got: string | number, wanted: string | number | undefined][] = [
        ["size", bytes, expected.bytes],
        ["SHA-256", found, expected.sha256],
        ["Git SHA-1", git.digest("hex"), expected.gitBlob],
      ];
      const wrong = pairs.find(([, got, wanted]) => wanted !== undefined && got !== wanted);
      const difference = wrong && `its ${wrong[0]} must be ${wrong[2]}, got ${wrong[1]}`;
      return { sha256: found, difference };
    },
  };
}

/** Sums up a file on disk. */
export async function digestFile(
  path: string,
  expected: Expected,
  signal?: AbortSignal,
): Promise<ReturnType<Digest["close"]>> {
  const digest = digestOf(expected);
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20, signal }))
    digest.add(chunk as Uint8Array);
  return digest.close();
}
