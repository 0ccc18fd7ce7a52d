/**
 * Names of files that somebody else chose: a server, or an index in a folder.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { shown } from "../shown.ts";

/** Letters, digits and a few signs; no separators, percent signs, colons, nor dots at the ends. */
const plain = /^\w(?:[\w.+=@ ()-]{0,180}[\w+=@()-])?$/;

/** What Windows takes for a device, whatever its ending. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * True for a name that means one file in one folder, on every system: no path, no hidden file, no device.
 */
export const isPlainName = (name: string): boolean => plain.test(name) && !reserved.test(name);

/**
 * Makes sure that a name is plain.
 *
 * @param where how errors name what the name was read from
 */
export function checkPlainName(name: unknown, where: string): asserts name is string {
  if (typeof name === "string" && isPlainName(name)) return;
  throw new UnmaskError(
    "corrupt",
    `${where}: a file's name must be plain, without any folder, got ${shown(name)}; ` +
      `nothing was read or written under that name`,
  );
}
