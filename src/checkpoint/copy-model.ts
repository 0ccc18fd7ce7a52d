/**
 * A published model from a folder into another one.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { link, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { UnmaskError } from "../errors.ts";
import { digestFile } from "./digest.ts";
import { fileInside } from "./file-inside.ts";
import type { InsideFile } from "./file-inside.ts";
import { checkSpace } from "./free-space.ts";
import type { BringEvent, BringOptions, FileRecord } from "./import-record.ts";
import { openPart, partEnding } from "./part-file.ts";
import { readIndexFile } from "./shards.ts";
import { wantedFiles } from "./wanted-files.ts";
import { shardsOf, weightFiles } from "./weight-files.ts";
import { syncFolder } from "./write-atomic.ts";

/**
 * Brings what is needed of a model from a folder into another one that exists. Weights become hard
 * links where the disk allows it, so that they take no room twice; everything else is copied.
 *
 * @returns each file's size and SHA-256
 */
export async function* copyModel(
  source: string,
  { folder, ownTokenizer }: BringOptions,
  signal: AbortSignal,
): AsyncGenerator<BringEvent, Readonly<Record<string, FileRecord>>> {
  const present = await readdir(source).catch((cause: unknown) => {
    throw new UnmaskError("missing", `"${source}": there is no such folder`, { cause });
  });
  const wanted = wantedFiles(present, source, ownTokenizer);
  const chosen = weightFiles(present, source);
  const weights =
    chosen.kind === "single" ? [chosen.file] : shardsOf(await readIndexFile(source, chosen.file));
  const companions = [...wanted.companions, ...(chosen.kind === "index" ? [chosen.file] : [])];
  const found = new Map<string, InsideFile>();
  for (const name of [...companions, ...weights]) found.set(name, await fileInside(source, name));
  const bytes = [...found.values()].reduce((sum, file) => sum + file.bytes, 0);
  yield { kind: "plan", files: found.size, bytes };

  const records: Record<string, FileRecord> = {};
  let done = 0;
  for (const [name, file] of found) {
    signal.throwIfAborted();
    const linked = weights.includes(name) && (await linkFile(file.path, join(folder, name)));
    if (!linked) await checkSpace(folder, file.bytes);
    const sha256 = linked
      ? await sumOf(file, signal)
      : await copyFile(file, join(folder, name), signal);
    records[name] = { bytes: file.bytes, sha256 };
    done += file.bytes;
    yield { kind: "bytes", file: name, done };
  }
  return records;
}

/** A second name for a file, in one step; false where the two can't share it. */
async function linkFile(path: string, target: string): Promise<boolean> {
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    await link(path, temporary);
  } catch {
    return false;
  }
  // Renaming one name of a file to another of its names would do nothing, and keep both.
  await rm(target, { force: true });
  await rename(temporary, target);
  await syncFolder(join(target, ".."));
  return true;
}

async function sumOf(file: InsideFile, signal: AbortSignal): Promise<string> {
  const { sha256, difference } = await digestFile(file.path, file, signal);
  if (difference !== undefined) throw changed(file, difference);
  return sha256;
}

/** Copies a file, whole. */
export async function copyFile(
  file: InsideFile,
  target: string,
  signal?: AbortSignal,
): Promise<string> {
  // Not gone on with: it may be another file's part.
  await rm(target + partEnding, { force: true });
  const part = await openPart(target, file, signal);
  try {
    for await (const chunk of createReadStream(file.path, { highWaterMark: 2 ** 20, signal }))
      await part.append(chunk as Uint8Array);
    const { sha256, difference } = part.check();
    if (difference !== undefined) throw changed(file, difference);
    await part.finish();
    return sha256;
  } finally {
    await part.close();
  }
}

const changed = ({ path }: InsideFile, difference: string): UnmaskError =>
  new UnmaskError("corrupt", `${path}: changed while it was copied: ${difference}; try again`);
