/**
 * Windows of a text: random ones to train on, consecutive ones to evaluate with.
 *
 * The windows of a training step are a function of the key and the step alone. Resuming a run
 * therefore needs no stored position: step 1000 reads the same windows, whatever came before.
 *
 * @module
 */

import { UnmaskError } from "../errors.ts";
import { randomStream, splitKey } from "../tensor/random.ts";
import type { Key } from "../tensor/random.ts";
import type { TokenSource } from "./tokens.ts";

/** Clean tokens of one window or of several, row after row, and which of them are given. */
export interface CleanTokens {
  /** `[length]` or `[rows * length]` */
  readonly x0: Int32Array;
  /** 1 for tokens that are given, 0 for those to learn (the answer of a dialogue). Default: none. */
  readonly given?: Uint8Array | undefined;
}

/** Random windows of training tokens. */
export interface Windows {
  /** Windows of a step. */
  readonly rows: number;
  /** Tokens of a window. */
  readonly length: number;
  /** The windows of a step, row-major `[rows, length]`. */
  batch(step: number): Promise<CleanTokens>;
}

/** Where windows of one length come from: a text, or dialogues. */
export interface WindowSource {
  /** Tokens of a window. */
  readonly length: number;
  /** Tokens that there are. */
  readonly tokens: number;
  /** Windows that there are, side by side. */
  readonly count: number;
  /** Windows to train on. */
  random(options: { readonly batch: number; readonly key: Key }): Windows;
  /** Windows to score, all of them or `limit`, spread evenly. */
  consecutive(options: { readonly limit?: number | undefined }): Consecutive;
}

/** The windows of a text. */
export const textWindows = (source: TokenSource, length: number): WindowSource => ({
  length,
  tokens: source.length,
  count: Math.floor(source.length / length),
  random: (options) => windows(source, { length, ...options }),
  consecutive: (options) => consecutive(source, { length, ...options }),
});

/**
 * Windows that begin anywhere, all beginnings equally likely.
 *
 * @param options.length tokens of a window
 * @param options.batch windows of a step
 * @param options.key decides where they begin, together with the step
 *
 * @example
 * ```ts
 * const train = windows(tokens, { length: 256, batch: 8, key: splitKey(root, "data") });
 * (await train.batch(7)).x0; // Int32Array(2048)
 * ```
 */
export function windows(
  source: TokenSource,
  options: { readonly length: number; readonly batch: number; readonly key: Key },
): Windows {
  const { length, batch: rows, key } = options;
  checkLength("windows", source, length);
  checkCount("windows", "batch", rows);
  return {
    rows,
    length,
    async batch(step) {
      const random = randomStream(splitKey(key, step));
      const starts = Array.from({ length: rows }, () => random.integer(source.length - length + 1));
      const read = await Promise.all(
        starts.map(async (start) => source.read(start, start + length)),
      );
      const tokens = new Int32Array(rows * length);
      for (const [row, ids] of read.entries()) tokens.set(ids, row * length);
      return { x0: tokens };
    },
  };
}

/** Windows side by side. */
export interface Consecutive extends AsyncIterable<CleanTokens> {
  /** How many windows there are. */
  readonly count: number;
  readonly length: number;
  /** Window `index`. */
  at(index: number): Promise<CleanTokens>;
}

/**
 * Windows that do not overlap, from the beginning of the source; what is left at its end, less than
 * one window, is not part of any. A `limit` keeps that many, spread evenly over the source.
 *
 * @example
 * ```ts
 * for await (const { x0 } of consecutive(validation, { length: 256, limit: 100 })) show(x0);
 * ```
 */
export function consecutive(
  source: TokenSource,
  options: { readonly length: number; readonly limit?: number | undefined },
): Consecutive {
  const { length, limit } = options;
  checkLength("consecutive", source, length);
  const count = Math.floor(source.length / length);
  return evenly({ count, length, limit }, async (index) => ({
    x0: await source.read(index * length, (index + 1) * length),
  }));
}

/** The tokens of all of them at once. */
export async function allWindows(
  source: TokenSource,
  options: { readonly length: number; readonly limit?: number | undefined },
): Promise<Int32Array[]> {
  const found: Int32Array[] = [];
  for await (const { x0 } of consecutive(source, options)) found.push(x0);
  return found;
}

/** `limit` of `count` windows, spread evenly; `read` gives one of them all. */
export function evenly(
  {
    count: all,
    length,
    limit,
  }: Pick<Consecutive, "count" | "length"> & { limit?: number | undefined },
  read: (index: number) => Promise<CleanTokens>,
): Consecutive {
  if (limit !== undefined) checkCount("consecutive", "limit", limit);
  const count = Math.min(all, limit ?? all);
  const at = async (index: number): Promise<CleanTokens> => {
    if (!Number.isInteger(index) || index < 0 || index >= count)
      throw new UnmaskError("usage", `consecutive: no window ${index}, there are ${count}`);
    return read(Math.floor((index * all) / count));
  };
  return {
    count,
    length,
    at,
    async *[Symbol.asyncIterator]() {
      for (let index = 0; index < count; index++) yield await at(index);
    },
  };
}

function checkLength(where: string, source: TokenSource, length: number): void {
  checkCount(where, "length", length);
  if (source.length < length)
    throw new UnmaskError(
      "usage",
      `${where}: one window needs ${length} tokens, the text has ${source.length}; take a smaller --length or more text`,
    );
}

function checkCount(where: string, name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new UnmaskError("usage", `${where}: ${name} must be an integer >= 1, got ${value}`);
}
