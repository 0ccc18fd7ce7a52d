/**
 * Files that are read whole: no more of them than such a file can have.
 *
 * @module
 */
import { readFile, stat } from "node:fs/promises";
import { UnmaskError } from "../errors.ts";

/**
 * The text of a file; `undefined` when it is not there.
 *
 * @throws UnmaskError `corrupt` for something else than a file, and for one that is too large
 */
export async function readSmallFile(path: string, mostBytes: number): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile())
      throw new UnmaskError("corrupt", `${path}: must be a file, got something else; remove it`);
    if (found.size > mostBytes)
      throw new UnmaskError(
        "corrupt",
        `${path}: must have at most ${mostBytes} bytes, got ${found.size}; download it again`,
      );
    return await readFile(path, "utf8");
  } catch (cause) {
    if (UnmaskError.is(cause)) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new UnmaskError("unavailable", `${path}: cannot be read: ${message}`, { cause });
  }
}
