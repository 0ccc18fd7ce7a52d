/**
 * How certain a model is of a place: measures that reveal rules rank by, all in float64 and all from
 * the model's own row, before temperature and truncation.
 *
 * Three tokens with probabilities 0.7, 0.2, 0.1: margin 0.5, entropy 0.802 nats.
 *
 * @module
 */
import type { Row } from "../../../diffusion/categorical.ts";
import type { Proposals } from "../../rule.ts";

/** Certainty of each proposal, [places]; more is more certain. */
export type Certainty = (proposals: Proposals) => Float64Array;

/** The probability of the drawn token (LLaDA, Fast-dLLM). */
export const drawnProbability: Certainty = ({ confidence }) => confidence;

/** The lead of the likeliest token over the second, whatever was drawn (Dream's `topk_margin`). */
export const lead: Certainty = ({ places, margin }) =>
  Float64Array.from(places, (_, index) => margin(index));

/** Minus the entropy, whatever was drawn (Dream's `entropy`). */
export const negativeEntropy: Certainty = ({ places, entropy }) =>
  Float64Array.from(places, (_, index) => -entropy(index));

/** A measure of rows, whatever was drawn from them; for rules that say `readsRows`. */
export const ofRows =
  (measure: (row: Row) => number): Certainty =>
  ({ places, row }) =>
    Float64Array.from(places, (_, index) => measure(row(index)));

/** KL(p || q) = sum p (log p - log q), in nats, of two rows of log-probabilities. */
export function divergence(p: Row, q: Row): number {
  let total = 0;
  p.forEach((logProb, token) => {
    if (logProb > -Infinity) total += Math.exp(logProb) * (logProb - q[token]!);
  });
  return total;
}

/**
 * What is less apart than this counts as equally certain. Kernels round: on an empty canvas a model that isn't told the time knows the same
 * of every place, and gives probabilities that differ in the seventh digit, differently on each machine.
 */
const tolerance = 1e-5;

/** Indices from the most certain to the least; of equals, the first comes first. */
export function byCertainty(certainty: Float64Array): number[] {
  const falling = [...certainty.keys()].toSorted((a, b) => certainty[b]! - certainty[a]!);
  // The certainty of the surest from which a place can't be told apart.
  const level = new Float64Array(certainty.length);
  let current = Infinity;
  for (const index of falling) {
    if (!(current - certainty[index]! < tolerance)) current = certainty[index]!;
    level[index] = current;
  }
  return falling.toSorted((a, b) => level[b]! - level[a]! || a - b);
}
