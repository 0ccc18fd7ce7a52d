/**
 * Folders that are about to be filled: what is there already is never touched.
 *
 * @module
 */
import { readdir } from "node:fs/promises";
import { UnmaskError } from "../errors.ts";

/**
 * The names in a folder; none if it isn't there.
 *
 * @param asked how errors name what asks for it: `import: --out`
 * @throws UnmaskError `exists` if it is something else
 */
export async function namesIn(folder: string, asked: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new UnmaskError("exists", `${asked} "${folder}" is not a folder; choose another name`);
  });
}

/** Makes sure that a folder is new or empty. */
export async function checkNew(folder: string, asked: string): Promise<void> {
  const { length } = await namesIn(folder, asked);
  if (length > 0)
    throw new UnmaskError(
      "exists",
      `${asked} "${folder}" must be new or empty, it holds ${length} files; ` +
        "choose another name, or remove it",
    );
}
