/**
 * Choosing a token from log-probabilities: a list of small changes to the row (temperature, top-k,
 * top-p, min-p, forbidden tokens), then an exact draw in float64, or the best token.
 *
 * Order and meaning follow Hugging Face: temperature, then top-k, top-p, min-p. In particular top-p
 * keeps the token that crosses the limit (the code of ReMDM and BD3-LM drops it).
 *
 * @module
 */
import { argmax, sampleCategorical, sampleNormalized } from "../diffusion/categorical.ts";
import { readOptions } from "../variant.ts";
import type { OptionInput } from "../variant.ts";
import type { Random } from "../tensor/random.ts";

/** Chooses a token of a row of log-probabilities, [vocabulary]. */
export type Picker = (logProbs: Float32Array, random: Random) => number;

/** A change to a row; gives a new row, not necessarily normalised. -Infinity rules a token out. */
export type Warp = (logProbs: Float64Array) => Float64Array;

/** The options of {@link picker}, for command line and server to learn from. */
export const pickDocs = {
  temperature: {
    type: "number",
    default: 1,
    minimum: 0,
    summary: "0 takes the likeliest token; 1 draws from the model's law; more is wilder",
  },
  topK: {
    type: "integer",
    default: 0,
    minimum: 0,
    summary: "draw from the k likeliest tokens; 0 = from all",
  },
  topP: {
    type: "number",
    default: 1,
    above: 0,
    maximum: 1,
    summary: "draw from the likeliest tokens that together reach this probability; 1 = from all",
  },
  minP: {
    type: "number",
    default: 0,
    minimum: 0,
    maximum: 1,
    summary: "draw from tokens at least this fraction as likely as the likeliest; 0 = from all",
  },
} as const;

/** How to choose tokens. */
export type PickOptions = OptionInput<typeof pickDocs> & {
  /** Tokens never to choose, for example the end of text inside a hole. */
  readonly forbid?: readonly number[] | undefined;
};

/**
 * Makes a picker.
 *
 * @throws UnmaskError "usage" for values out of range.
 * @example
 * ```ts
 * const pick = picker({ temperature: 0.8, topP: 0.95 });
 * pick(logProbs, randomStream(key));
 * ```
 */
export function picker({ forbid: forbidden = [], ...options }: PickOptions = {}): Picker {
  const values = readOptions("sample", pickDocs, options);
  const warps: Warp[] = [];
  if (forbidden.length > 0) warps.push(forbid(forbidden));
  if (values.temperature > 0) {
    if (values.temperature !== 1) warps.push(temperature(values.temperature));
    if (values.topK > 0) warps.push(topK(values.topK));
    if (values.topP < 1) warps.push(topP(values.topP));
    if (values.minP > 0) warps.push(minP(values.minP));
  }
  const choose = values.temperature === 0 ? argmax : sampleCategorical;
  // Plain draws and plain argmax read the model's row as it is, without a copy.
  if (warps.length === 0) return values.temperature === 0 ? argmax : sampleNormalized;
  return (logProbs, random) => {
    let row: Float64Array = Float64Array.from(logProbs);
    for (const warp of warps) row = warp(row);
    return choose(row, random);
  };
}

/** Divides log-probabilities by the temperature, > 0. */
export function temperature(value: number): Warp {
  return (logProbs) => {
    // From the top down, so that tiny temperatures cannot overflow.
    const top = logProbs[argmax(logProbs)]!;
    return logProbs.map((logProb) => (logProb - top) / value);
  };
}

/** Keeps the k likeliest tokens; of equals, the lower ids. */
export function topK(k: number): Warp {
  return (logProbs) =>
    k >= logProbs.length ? logProbs : keepBest(logProbs, greatest(logProbs, k)[0]!, k);
}

/**
 * Keeps the likeliest tokens until their probability reaches p, the one that crosses it included
 * (Hugging Face's convention). At least one stays.
 */
export function topP(p: number): Warp {
  return (logProbs) => {
    const top = logProbs[argmax(logProbs)]!;
    let total = 0;
    for (const logProb of logProbs) total += Math.exp(logProb - top);
    // Tokens rarer than this have less than 1 - p together, so none of them is ever needed: the sort
    // is over tens of tokens instead of a whole vocabulary.
    const rare = top + Math.log((total * (1 - p)) / logProbs.length);
    const rising = logProbs.filter((logProb) => logProb >= rare).toSorted();
    let mass = 0;
    let count = 0;
    while (count < rising.length && mass < p * total) {
      count += 1;
      mass += Math.exp(rising[rising.length - count]! - top);
    }
    return keepBest(logProbs, rising[rising.length - count]!, count);
  };
}

/** Keeps the tokens that are at least `fraction` times as likely as the likeliest. */
export function minP(fraction: number): Warp {
  return (logProbs) => {
    const least = logProbs[argmax(logProbs)]! + Math.log(fraction);
    return logProbs.map((logProb) => (logProb >= least ? logProb : -Infinity));
  };
}

/** Rules tokens out. */
export function forbid(tokens: readonly number[]): Warp {
  return (logProbs) => {
    const row = logProbs.slice();
    for (const token of tokens) if (token >= 0 && token < row.length) row[token] = -Infinity;
    return row;
  };
}

/** Keeps the `count` greatest values, the least of which is `least`; of equals, the first. */
function keepBest(logProbs: Float64Array, least: number, count: number): Float64Array {
  let room = count;
  for (const logProb of logProbs) if (logProb > least) room -= 1;
  return logProbs.map((logProb) => {
    if (logProb > least) return logProb;
    return logProb === least && room-- > 0 ? logProb : -Infinity;
  });
}

/** The k greatest values, rising. */
function greatest(values: Float64Array, k: number): Float64Array {
  // Few: insertion into a short list beats sorting a vocabulary ten times over.
  if (k > 256) return values.toSorted().subarray(values.length - k);
  const list = new Float64Array(k).fill(-Infinity);
  for (const value of values) {
    if (value <= list[0]!) continue;
    let at = 0;
    for (; at + 1 < k && list[at + 1]! < value; at++) list[at] = list[at + 1]!;
    list[at] = value;
  }
  return list;
}
