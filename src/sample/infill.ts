/**
 * Holes of unknown length, `[[?]]`: the model chooses among candidates.
 *
 * What this is: each candidate length is filled once, and the fill whose tokens the model found
 * likeliest *on average* when it wrote them is kept. What it is not: a likelihood of the length. A
 * masked model gives no law over lengths, and fills of different lengths have no common measure;
 * the mean of the log-probabilities is the usual stand-in. It leans towards bland and repetitive
 * fills, and one fill per length is a noisy judge. It costs one whole sampling per candidate.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { canvasWithHoles } from "./canvas.ts";
import type { Segment } from "./canvas.ts";
import type { Frame } from "./frame.ts";

/** Options of {@link chooseLengths}. */
export interface ChooseLengthsOptions {
  /** The parts of the text, from `parseHoles`. */
  readonly segments: readonly Segment[];
  /** A tokenizer's `encode`. */
  readonly encode: (text: string) => Int32Array;
  readonly maskId: number;
  /** Lengths to try. Default: 1, 2, 3, 4, 6, 8, 12, 16. */
  readonly candidates?: readonly number[] | undefined;
  /** Starts a sampling of one canvas; give `sample()` the same key each time for a fair race. */
  readonly start: (canvas: Int32Array) => AsyncIterable<Frame>;
}

/** One candidate's result. */
export interface Attempt {
  /** The lengths of all holes of unknown length, in order. */
  readonly lengths: readonly number[];
  /** Mean log-probability of the written tokens, each as the model saw it when it was written. */
  readonly score: number;
  /** All frames of this sampling; the last holds the filled canvas. */
  readonly frames: readonly Frame[];
}

/** What was chosen, and among what. */
export interface ChosenLengths extends Attempt {
  readonly attempts: readonly Attempt[];
}

/**
 * Fills a text with each candidate length and keeps the best fill. Several holes of unknown length
 * are settled from left to right; meanwhile the later ones have the middle candidate's length. A
 * text without such a hole is filled once.
 */
export async function chooseLengths(options: ChooseLengthsOptions): Promise<ChosenLengths> {
  const { segments, candidates = [1, 2, 3, 4, 6, 8, 12, 16] } = options;
  if (candidates.length === 0 || candidates.some((n) => !Number.isInteger(n) || n < 1)) {
    throw new UnmaskError(
      "usage",
      `infill: candidate lengths must be integers >= 1, got [${candidates.join(", ")}]`,
    );
  }
  const holes = segments.filter((part) => part.kind === "hole" && part.length === undefined).length;
  const middle = candidates[candidates.length >> 1]!;
  const attempts: Attempt[] = [];
  let best: Attempt | undefined;
  for (let hole = 0; hole < holes; hole++) {
    const settled = best?.lengths ?? Array.from({ length: holes }, () => middle);
    let winner: Attempt | undefined;
    for (const candidate of candidates) {
      const tried = await attempt(options, settled.with(hole, candidate));
      attempts.push(tried);
      if (winner === undefined || tried.score > winner.score) winner = tried;
    }
    best = winner;
  }
  if (best === undefined) {
    best = await attempt(options, []);
    attempts.push(best);
  }
  return { ...best, attempts };
}

async function attempt(
  options: ChooseLengthsOptions,
  lengths: readonly number[],
): Promise<Attempt> {
  const { segments, encode, maskId, start } = options;
  const frames: Frame[] = [];
  for await (const frame of start(canvasWithHoles({ text: segments, encode, maskId, lengths }))) {
    frames.push(frame);
  }
  return { lengths, score: meanLogProbability(frames, maskId), frames };
}

/**
 * Mean of log(confidence) over the tokens of the final canvas that were written; 0 if none was. A
 * place that was opened again counts with its last token.
 */
export function meanLogProbability(frames: readonly Frame[], maskId: number): number {
  const last = new Map<number, number>();
  for (const { changed } of frames) {
    for (const { place, token, confidence } of changed) {
      if (token === maskId) last.delete(place);
      else last.set(place, Math.log(confidence));
    }
  }
  let total = 0;
  for (const logProb of last.values()) total += logProb;
  return last.size === 0 ? 0 : total / last.size;
}
