/**
 * Room on a disk.
 *
 * @module
 */
import { statfs } from "node:fs/promises";
import { UnmaskError } from "../errors.ts";

/**
 * Makes sure that a folder's disk has room, as far as the system tells.
 *
 * @param bytes that will be written
 * @throws UnmaskError `unavailable`
 */
export async function checkSpace(folder: string, bytes: number): Promise<void> {
  const disk = await statfs(folder).catch(() => undefined);
  const free = disk === undefined ? Infinity : disk.bavail * disk.bsize;
  if (bytes <= free) return;
  const gigabytes = (size: number): string => `${(size / 1e9).toFixed(1)} GB`;
  throw new UnmaskError(
    "unavailable",
    `"${folder}": needs ${gigabytes(bytes)} more, but the disk has ${gigabytes(free)} free; ` +
      `free some space, or choose another disk`,
  );
}
