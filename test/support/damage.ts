/** What becomes of damaged files: they are read, or refused in one line, and nothing else happens. */
import { expect } from "vitest";
import { UnmaskError } from "../../src/errors.ts";

/** Bytes that one damaged file may cost, at most: the deepest nesting, of 400 kB, needs 12 MB to parse. */
const allowance = 32e6;

/** Outcomes of a series of damaged files. */
export interface Tally {
  loaded: number;
  /** What errors say, without what is special about one file. */
  readonly kinds: Set<string>;
}

export const tally = (): Tally => ({ loaded: 0, kinds: new Set() });

const memory = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/**
 * Tries a damaged file. Anything but a result, or an error of ours in one short line, is passed on.
 *
 * @returns the result, if there is one
 */
export async function survives<T>(
  into: Tally,
  name: string,
  read: () => T | Promise<T>,
): Promise<T | undefined> {
  const before = memory();
  try {
    const result = await read();
    into.loaded += 1;
    return result;
  } catch (error) {
    if (!UnmaskError.is(error)) throw error;
    // oxlint-disable-next-line no-control-regex -- that is what must not be there
    expect(error.message, name).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/);
    expect(error.message.length, `${name}: ${error.message}`).toBeLessThan(1000);
    into.kinds.add(kindOf(error.message));
    return undefined;
  } finally {
    expect(memory() - before, name).toBeLessThan(allowance);
  }
}

const kindOf = (message: string): string =>
  message
    .replace(/^\S*\//, "")
    .replace(/"(?:[^"\\]|\\.)*"|\d+/g, "")
    .slice(0, 60);
