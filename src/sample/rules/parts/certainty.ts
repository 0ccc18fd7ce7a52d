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

/** A measure of rows, whatever was drawn from them. */
export const ofRows =
  (measure: (row: Row) => number): Certainty =>
  (proposals) =>
    Float64Array.from(proposals.places, (_, index) => measure(rowOf(proposals, index)));

/** The row of one proposal, log-probabilities [vocabulary]; a view. */
export function rowOf({ places, logProbs }: Proposals, index: number): Float32Array {
  const vocabulary = logProbs.length / places.length;
  return logProbs.subarray(index * vocabulary, (index + 1) * vocabulary);
}

/** By how much the likeliest token is more probable than the second, 0 to 1. */
export function margin(row: Row): number {
  let [first, second] = [-Infinity, -Infinity];
  for (const logProb of row) {
    if (logProb > first) [first, second] = [logProb, first];
    else if (logProb > second) second = logProb;
  }
  return Math.exp(first) - Math.exp(second);
}

/** -sum p log p, in nats. */
export function entropy(row: Row): number {
  let total = 0;
  for (const logProb of row) if (logProb > -Infinity) total -= Math.exp(logProb) * logProb;
  return total;
}

/** KL(p || q) = sum p (log p - log q), in nats, of two rows of log-probabilities. */
export function divergence(p: Row, q: Row): number {
  let total = 0;
  p.forEach((logProb, token) => {
    if (logProb > -Infinity) total += Math.exp(logProb) * (logProb - q[token]!);
  });
  return total;
}

/** Indices from the most certain to the least; of equals, the first comes first. */
export function byCertainty(certainty: Float64Array): number[] {
  return [...certainty.keys()].toSorted((a, b) => certainty[b]! - certainty[a]!);
}
