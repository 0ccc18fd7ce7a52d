/**
 * Going back with scores: the grid of times, and the exact law of one step, which the rules `tweedie`
 * and `euler` share.
 *
 * @module
 */
import { mixtureBetween } from "../../../diffusion/process.ts";
import type { Process } from "../../../diffusion/process.ts";
import { likelihoodOf, pull } from "../../../diffusion/transition.ts";
import type { Wish } from "../../rule.ts";

/** The option of rules that read scores. */
export const endOption = {
  type: "number",
  default: 1e-5,
  above: 0,
  maximum: 0.5,
  summary: "the time from which the last pass denoises",
} as const;

/**
 * The times of `steps` passes: `steps - 1` even ones from 1 to `end`, and from there to 0.
 *
 * @example
 * ```ts
 * scoreTimes(3, 0.1); // [1, 0.55, 0.1, 0]
 * ```
 */
export function scoreTimes(steps: number, end: number): number[] {
  if (steps === 1) return [1, 0];
  const grid = Array.from({ length: steps }, (_, i) => 1 - (i * (1 - end)) / (steps - 1));
  return [...grid, 0];
}

/**
 * The law of x_s given x_t, from log-scores at t: taken back to s, and weighed with the chance of the
 * step that was observed. Nothing is masked at 0.
 */
export function tweedieLaw(process: Process, s: number, t: number): NonNullable<Wish["law"]> {
  const { states } = process;
  const transition = mixtureBetween(process, s, t);
  return (logScores, current) => {
    const before = pull(transition, states, logScores.map(Math.exp));
    const likelihood = likelihoodOf(transition, states, current);
    const law = before.map((ratio, y) => Math.max(0, ratio * likelihood[y]!));
    if (s === 0) law[states.maskId] = 0;
    return law;
  };
}
