/**
 * Writing files so that a reader, or a crash, sees the old content or the new, never a mixture.
 *
 * @module
 */
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

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
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes the rename itself durable. Windows can't open folders, and doesn't need to. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
