/**
 * Times: noise levels for a batch, spread so evenly that the estimate of a bound has far less
 * variance than with independent ones, and the grid along which sampling goes back.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import type { Random } from "../tensor/random.ts";
import type { Process } from "./process.ts";

/**
 * Low-discrepancy levels, one shared draw u (MD4, algorithm 1): `(u + i / count) mod 1`. Each alone is
 * uniform; together they hit every part of [0, 1) once. (What MDLM's code calls antithetic sampling
 * draws one u for each part.) For gradient accumulation draw the levels of the whole batch at once
 * and hand out slices.
 *
 * @example
 * ```ts
 * spreadLevels(4, random); // e.g. 0.63, 0.88, 0.13, 0.38
 * ```
 */
export function spreadLevels(count: number, random: Random): Float64Array {
  if (!Number.isInteger(count) || count < 1)
    throw new UnmaskError("usage", `times: count must be an integer >= 1, got ${count}`);
  const u = random.uniform();
  return Float64Array.from({ length: count }, (_, i) => (u + i / count) % 1);
}

/**
 * The times of `steps` reverse steps, from 1 down to 0, steps + 1 of them. In discrete time they are
 * times of the chain, and there are no more steps than it has: D3PM's step skipping.
 *
 * @example
 * ```ts
 * reverseTimes({ steps: undefined }, 4); // [1, 0.75, 0.5, 0.25, 0]
 * reverseTimes({ steps: 10 }, 4); // [1, 0.8, 0.5, 0.3, 0]: a transition may pass several steps
 * ```
 */
export function reverseTimes({ steps: chain }: Pick<Process, "steps">, steps: number): number[] {
  const count = Math.min(steps, chain ?? steps);
  return Array.from({ length: count + 1 }, (_, i) => {
    const time = 1 - i / count;
    return chain === undefined ? time : Math.round(chain * time) / chain;
  });
}
