/**
 * How a model's law is bent before a token is drawn from it: a list of small changes to the row
 * (forbidden tokens, repetition control, temperature, top-k, top-p, min-p). The draw itself is always
 * exact and in float64; temperature 0 leaves one token to draw.
 *
 * Order and meaning follow Hugging Face: temperature, then top-k, top-p, min-p. In particular top-p
 * keeps the token that crosses the limit (the code of ReMDM and BD3-LM drops it).
 *
 * @module
 */
import { argmax } from "../diffusion/categorical.ts";
import { readOptions } from "../variant.ts";
import type { OptionInput } from "../variant.ts";

/** What a processor knows of the place whose token is drawn. */
export interface ProcessorView {
  /** The canvas before this step; open places hold the mask, or a draft. */
  readonly canvas: Int32Array;
  readonly place: number;
  readonly maskId: number;
}

/**
 * A change to a row of log-probabilities of x0, [vocabulary]; gives a new row, not necessarily
 * normalised. -Infinity rules a token out.
 *
 * One that says more of itself spares a model with a large vocabulary the telling of whole rows.
 */
export interface Processor {
  (logProbs: Float64Array, view: ProcessorView): Float64Array;
  /**
   * True if it looks at probabilities alone, not at which token has them: it does the same to a row from
   * which tokens that are ruled out have been left out. Default: false.
   */
  readonly blind?: boolean;
  /**
   * The most tokens it leaves: the likeliest, of equals the lower ids, in the same order. What becomes of
   * them does not depend on the others. Default: no such promise.
   */
  readonly keeps?: number;
}

/**
 * How many of a row's likeliest tokens decide what is drawn after these processors; Infinity if it
 * takes the whole row.
 *
 * @example
 * ```ts
 * tokensNeeded(processorsOf({ temperature: 0.7, topK: 20, topP: 0.9 })); // 20
 * tokensNeeded(processorsOf({ topP: 0.9 })); // Infinity
 * ```
 */
export function tokensNeeded(processors: readonly Processor[]): number {
  if (!processors.every(({ blind }) => blind)) return Infinity;
  const first = processors.find(({ keeps }) => keeps !== Infinity);
  return first?.keeps ?? Infinity;
}

/** The options of {@link processorsOf}, for command line and server to learn from. */
export const processorDocs = {
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
  repetitionPenalty: {
    type: "number",
    default: 1,
    above: 0,
    summary: "above 1, tokens that are already there become less likely",
  },
  noRepeat: {
    type: "integer",
    default: 0,
    minimum: 0,
    summary: "never repeat a run of so many tokens; 0 = may repeat",
  },
} as const;

/** How to choose tokens. */
export type ProcessorOptions = OptionInput<typeof processorDocs> & {
  /** Tokens never to choose, for example the end of text inside a hole. */
  readonly forbid?: readonly number[] | undefined;
};

/**
 * The processors that options ask for, in the order in which they apply.
 *
 * @throws UnmaskError "usage" for values out of range.
 * @example
 * ```ts
 * sample({ processors: processorsOf({ temperature: 0.8, topP: 0.95 }), ... });
 * ```
 */
export function processorsOf({
  forbid: forbidden = [],
  ...options
}: ProcessorOptions = {}): readonly Processor[] {
  const values = readOptions("sample", processorDocs, options);
  const list: Processor[] = [];
  if (forbidden.length > 0) list.push(forbid(forbidden));
  if (values.repetitionPenalty !== 1) list.push(repetitionPenalty(values.repetitionPenalty));
  if (values.noRepeat > 0) list.push(noRepeat(values.noRepeat));
  if (values.temperature === 0) return [...list, greedy()];
  if (values.temperature !== 1) list.push(temperature(values.temperature));
  if (values.topK > 0) list.push(topK(values.topK));
  if (values.topP < 1) list.push(topP(values.topP));
  if (values.minP > 0) list.push(minP(values.minP));
  return list;
}

/** Leaves the likeliest token alone; of equals, the lowest id. */
export function greedy(): Processor {
  return Object.assign(
    (logProbs: Float64Array) => {
      const best = argmax(logProbs);
      return logProbs.map((_, token) => (token === best ? 0 : -Infinity));
    },
    { blind: true, keeps: 1 },
  );
}

/**
 * Makes tokens that the canvas already holds less likely: their log-probabilities are multiplied by
 * the penalty (CTRL, Keskar et al. 2019). The place's own draft does not count.
 */
export function repetitionPenalty(penalty: number): Processor {
  return (logProbs, { canvas, place, maskId }) => {
    const row = logProbs.slice();
    const there = new Set(canvas.filter((_, at) => at !== place));
    there.delete(maskId);
    for (const token of there) row[token] = logProbs[token]! * penalty;
    return row;
  };
}

/**
 * Rules out tokens that would repeat a run of `size` tokens that stands elsewhere on the canvas. As
 * places are filled in any order, a run counts wherever the new token stands in it.
 */
export function noRepeat(size: number): Processor {
  return (logProbs, { canvas, place, maskId }) => {
    const row = logProbs.slice();
    for (let offset = 0; offset < size; offset++) {
      const start = place - offset;
      for (let other = 0; other + size <= canvas.length; other++) {
        if (other === start || start < 0 || start + size > canvas.length) continue;
        const token = canvas[other + offset]!;
        if (token === maskId || other + offset === place) continue;
        const same = (i: number): boolean =>
          i === offset || (canvas[start + i] !== maskId && canvas[start + i] === canvas[other + i]);
        if (Array.from({ length: size }, (_, i) => i).every(same)) row[token] = -Infinity;
      }
    }
    // Where everything would be a repetition, repeating is all that is left.
    return row.some((logProb) => logProb > -Infinity) ? row : logProbs;
  };
}

/** Divides log-probabilities by the temperature, > 0. */
export function temperature(value: number): Processor {
  return Object.assign(
    (logProbs: Float64Array) => {
      // From the top down, so that tiny temperatures cannot overflow.
      const top = logProbs[argmax(logProbs)]!;
      return logProbs.map((logProb) => (logProb - top) / value);
    },
    { blind: true, keeps: Infinity },
  );
}

/** Keeps the k likeliest tokens; of equals, the lower ids. */
export function topK(k: number): Processor {
  return Object.assign(
    (logProbs: Float64Array) =>
      k >= logProbs.length ? logProbs : keepBest(logProbs, greatest(logProbs, k)[0]!, k),
    { blind: true, keeps: k },
  );
}

/**
 * Keeps the likeliest tokens until their probability reaches p, the one that crosses it included
 * (Hugging Face's convention). At least one stays.
 */
export function topP(p: number): Processor {
  const process = (logProbs: Float64Array): Float64Array => {
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
  return Object.assign(process, { blind: true });
}

/** Keeps the tokens that are at least `fraction` times as likely as the likeliest. */
export function minP(fraction: number): Processor {
  return Object.assign(
    (logProbs: Float64Array) => {
      const least = logProbs[argmax(logProbs)]! + Math.log(fraction);
      return logProbs.map((logProb) => (logProb >= least ? logProb : -Infinity));
    },
    { blind: true, keeps: Infinity },
  );
}

/** Rules tokens out. */
export function forbid(tokens: readonly number[]): Processor {
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
