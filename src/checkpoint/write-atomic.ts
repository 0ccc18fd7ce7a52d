/**
 * Writing files so that a reader, or a crash, sees the old content or the new, never a mixture.
 *
 * @module
 */
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { UnmaskError } from "../errors.ts";

/** Writes to a temporary name, syncs, and renames. On any error the old file stays as it was. */
export async function writeAtomic(path: string, data: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, "w");
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeError(path, error);
  }
  await syncFolder(dirname(path));
}

/** What the system's codes mean for somebody who waits for a file. */
const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space and go on",
  EDQUOT: "the disk quota is used up; free some space and go on",
  EFBIG: "the file would be larger than is allowed here; raise the limit and go on",
  EACCES: "no permission to write there; choose another folder",
  ELOOP: "it is a link to somewhere else; remove it",
  EROFS: "the disk is read-only; choose another folder",
};

/** A system's error in writing a file, as one for its reader; any other one as it is. */
export function writeError(path: string, cause: unknown): unknown {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reason = reasons[code];
  if (reason === undefined) return cause;
  return new UnmaskError("unavailable", `"${path}" can't be written: ${reason}`, { cause });
}

/** Makes the rename itself durable. Windows can't open folders, and doesn't need to. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
