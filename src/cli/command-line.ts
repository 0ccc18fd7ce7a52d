/**
 * Flags as they could be typed again.
 *
 * @module
 */
import { flagOf } from "./flag.ts";
import type { OptionValue } from "./option.ts";

/**
 * Options as words of a command line; those without a value are left out.
 *
 * @example
 * ```ts
 * flagsLine({ out: "my runs", minLr: 0.1, resume: true }); // --out 'my runs' --min-lr 0.1 --resume
 * ```
 */
export const flagsLine = (values: Readonly<Record<string, OptionValue>>): string =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]) =>
      value === true ? flagOf(name) : `${flagOf(name)} ${word(String(value))}`,
    )
    .join(" ");

/** A word as a shell reads it back. */
const word = (text: string): string =>
  /^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
