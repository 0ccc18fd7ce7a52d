/**
 * Files of a folder that somebody else may have filled.
 *
 * @module
 */
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { UnmaskError } from "../errors.ts";
import { checkPlainName } from "./plain-name.ts";

export interface InsideFile {
  /** Where it really is: absolute, without links. */
  readonly path: string;
  /** Size in bytes. */
  readonly bytes: number;
}

/**
 * Finds a file of a folder, through symbolic links as long as they stay inside it. The one exception
 * are folders of the Hub's own cache, `snapshots/COMMIT`, whose files are links into `blobs` beside them.
 *
 * @throws UnmaskError `missing` if there is none, `corrupt` if it is something else or lies elsewhere
 */
export async function fileInside(folder: string, name: string): Promise<InsideFile> {
  checkPlainName(name, folder);
  const where = join(folder, name);
  const absent = (cause: unknown): never => {
    throw new UnmaskError("missing", `${where}: there is no such file`, { cause });
  };
  const root = await realpath(folder).catch(absent);
  const path = await realpath(where).catch(absent);
  const homes = [root, ...blobsBeside(root)];
  if (!homes.some((home) => path.startsWith(home.endsWith(sep) ? home : home + sep)))
    throw new UnmaskError(
      "corrupt",
      `${where}: leads out of its folder, to ${path}; copy the file itself`,
    );
  const found = await stat(path).catch(absent);
  if (!found.isFile())
    throw new UnmaskError("corrupt", `${where}: must be a file, but is something else`);
  return { path, bytes: found.size };
}

/** `models--NAME/snapshots/COMMIT` -> `models--NAME/blobs`. */
function blobsBeside(root: string): string[] {
  const snapshots = dirname(root);
  const repository = dirname(snapshots);
  const cached = basename(snapshots) === "snapshots" && basename(repository).startsWith("models--");
  return cached ? [join(repository, "blobs")] : [];
}
