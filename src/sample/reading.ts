/**
 * A model's answer as draws and rules read it, whether it came as whole rows or as a survey.
 *
 * Draws take tokens from candidates: all tokens of a row, or those that a survey names, by rising id. As
 * what a survey leaves out would not be drawn anyway (the loop asks for one only then), and zeros add nothing to a sum,
 * the same random number picks the same token from both.
 *
 * @module
 */
import { entropy, margin } from "../diffusion/categorical.ts";
import type { Survey } from "./denoiser.ts";
import type { Alternative } from "./frame.ts";
import { surveyOf } from "./survey.ts";

/** One answer; an index is that of an asked place. */
export interface Reading {
  /** Log-probabilities of the candidates. */
  readonly candidates: (index: number) => Float32Array;
  /** The id of a candidate. */
  readonly tokenOf: (index: number, candidate: number) => number;
  /** By how much the likeliest token is more probable than the second, 0 to 1. */
  readonly margin: (index: number) => number;
  /** -sum p log p, in nats, to float32's precision. */
  readonly entropy: (index: number) => number;
  /** The log-probabilities of all tokens, [vocabulary]; a view. */
  readonly row: (index: number) => Float32Array;
  /** The likeliest tokens, from the likeliest down, of equals the smaller id first. */
  readonly likeliest: (index: number, count: number) => Alternative[];
}

/** Whole rows, [places, vocabulary]. */
export function readRows(rows: Float32Array, vocabulary: number): Reading {
  const row = (index: number): Float32Array =>
    rows.subarray(index * vocabulary, (index + 1) * vocabulary);
  return {
    candidates: row,
    tokenOf: (_, candidate) => candidate,
    margin: (index) => margin(row(index)),
    // In float32, as surveys tell it: so that places which tie in one tie in the other.
    entropy: (index) => Math.fround(entropy(row(index))),
    row,
    likeliest(index, count) {
      const { tokens, logProbs } = surveyOf(row(index), { vocabulary, width: count });
      return alternatives(tokens, logProbs);
    },
  };
}

const alternatives = (tokens: Int32Array, logProbs: Float32Array): Alternative[] =>
  Array.from(tokens, (token, i) => ({ token, probability: Math.exp(logProbs[i]!) }));

/** Only the likeliest tokens. */
export function readSurvey({ width, tokens, logProbs, entropies }: Survey): Reading {
  const places = Array.from(entropies, (_, index) => {
    const ids = tokens.subarray(index * width, (index + 1) * width);
    const rising = Int32Array.from(ids.keys()).toSorted((a, b) => ids[a]! - ids[b]!);
    return {
      tokens: rising.map((rank) => ids[rank]!),
      logProbs: Float32Array.from(rising, (rank) => logProbs[index * width + rank]!),
    };
  });
  return {
    candidates: (index) => places[index]!.logProbs,
    tokenOf: (index, candidate) => places[index]!.tokens[candidate]!,
    margin: (index) => Math.exp(logProbs[index * width]!) - Math.exp(logProbs[index * width + 1]!),
    entropy: (index) => entropies[index]!,
    likeliest(index, count) {
      const part = [index * width, index * width + Math.min(count, width)] as const;
      return alternatives(tokens.subarray(...part), logProbs.subarray(...part));
    },
    row: () => {
      throw new Error(
        "sample: a survey has no rows; a rule that reads them must say so, readsRows",
      );
    },
  };
}
