/**
 * The models that ship with the program, each a folder in `models/`, and called by its name.
 *
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { UnmaskError } from "../errors.ts";

/** Where they lie: the same from `src/` and from `dist/`. */
const home = fileURLToPath(new URL("../../models", import.meta.url));

/** Their names, sorted. */
export async function shippedModels(): Promise<string[]> {
  const entries = await readdir(home, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

/** The folder of one of them, as a path from here. */
export const shippedFolder = (name: string): string =>
  relative(process.cwd(), join(home, name)) || ".";

/**
 * What the name of a model means: a folder where there is one, else the model of that name that ships. An
 * address, and a path that leads nowhere, are left as they are.
 *
 * @throws UnmaskError "missing" for a bare name that is neither
 * @example
 * ```ts
 * await modelFolder("mdlm"); // "node_modules/unmask/models/mdlm"
 * await modelFolder("runs/book"); // "runs/book"
 * ```
 */
export async function modelFolder(name: string): Promise<string> {
  if (/[/\\]/.test(name)) return name;
  if (await isFolder(name)) return name;
  const shipped = await shippedModels();
  if (shipped.includes(name)) return shippedFolder(name);
  const some = shipped.length === 0 ? "" : `, or take one that ships: ${shipped.join(", ")}`;
  throw new UnmaskError(
    "missing",
    `model "${name}": no such folder; train one with unmask train, fetch one with unmask import${some}`,
  );
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true;
