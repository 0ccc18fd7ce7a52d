/**
 * Clocks of processes with a closed form: a schedule, or a chain's table of betas.
 *
 * Betas 1/4, 1/3, 1/2, 1: the clock shows 1, 3/4, 1/2, 1/4, 0 at the times 0, 1/4, 1/2, 3/4, 1.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import type { Decay } from "./chain-rates.ts";
import type { Clock, Pace } from "./process.ts";

/** The clock of a process, and its steps if it runs in steps. */
export function clockOf(
  pace: Pace,
  decay: Decay | undefined,
): { clock: Clock; steps: number | undefined } {
  if (pace.steps === undefined) return { clock: pace.schedule, steps: undefined };
  checkSteps(pace.steps);
  return { clock: tableClock(chances(pace.rates.betas(pace.steps, decay))), steps: pace.steps };
}

/**
 * alpha(k / T) = product over i <= k of (1 - beta_i). Between two steps alpha is drawn as a straight
 * line: no step ends there, but a sampler that counts masks may ask what time it is.
 */
export function tableClock(betas: Float64Array): Clock {
  const steps = betas.length;
  const table = new Float64Array(steps + 1).fill(1);
  betas.forEach((beta, i) => (table[i + 1] = table[i]! * (1 - beta)));
  return {
    alpha(t) {
      const at = t * steps;
      const nearest = Math.round(at);
      // A multiple of 1 / T, but for rounding.
      if (Math.abs(at - nearest) < 1e-9 * steps) return table[nearest]!;
      const below = Math.floor(at);
      return table[below]! + (at - below) * (table[below + 1]! - table[below]!);
    },
  };
}

/** Betas that are chances. */
export function chances(betas: Float64Array): Float64Array {
  const wrong = betas.find((beta) => !(beta >= 0 && beta <= 1));
  if (wrong === undefined) return betas;
  throw new UnmaskError(
    "usage",
    `process: the betas of its steps must be chances from 0 to 1, got ${wrong}; use lower linear rates`,
  );
}

/** A chain's number of steps. */
export function checkSteps(steps: number): void {
  if (Number.isInteger(steps) && steps >= 1) return;
  throw new UnmaskError("usage", `process: steps must be an integer >= 1, got ${steps}`);
}
