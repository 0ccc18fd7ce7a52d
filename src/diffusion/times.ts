/**
 * Noise times for a training or evaluation batch, spread so evenly that the estimate of the bound
 * has far less variance than with independent times.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import type { Random } from "../tensor/random.ts";

/** Options of the time samplers. */
export interface TimesOptions {
  /** The smallest time, where weights such as 1 / t are still finite. Default 1e-3, as in MDLM. */
  readonly minimum?: number;
}

/**
 * Low-discrepancy times, one shared draw u (MD4, algorithm 1): `t_i = (u + i / n) mod 1`, scaled to
 * [minimum, 1]. Each time alone is uniform; together they hit every n-th of the interval once.
 * For gradient accumulation draw the times of the whole batch at once and hand out slices.
 *
 * @example
 * ```ts
 * lowDiscrepancyTimes(4, random); // e.g. 0.63, 0.88, 0.13, 0.38
 * ```
 */
export function lowDiscrepancyTimes(
  count: number,
  random: Random,
  options: TimesOptions = {},
): Float64Array {
  const scale = timeScale(count, options);
  const u = random.uniform();
  return Float64Array.from({ length: count }, (_, i) => scale((u + i / count) % 1));
}

/**
 * Stratified times, one draw per stratum: `t_i = (u_i + i) / n`, scaled to [minimum, 1]. What MDLM's
 * code calls antithetic sampling. Row i always stays in stratum i: shuffle the rows of the data.
 */
export function stratifiedTimes(
  count: number,
  random: Random,
  options: TimesOptions = {},
): Float64Array {
  const scale = timeScale(count, options);
  return Float64Array.from({ length: count }, (_, i) => scale((random.uniform() + i) / count));
}

function timeScale(count: number, { minimum = 1e-3 }: TimesOptions): (t: number) => number {
  if (!Number.isInteger(count) || count < 1) {
    throw new UnmaskError("usage", `times: count must be an integer >= 1, got ${count}`);
  }
  if (!(minimum >= 0 && minimum < 1)) {
    throw new UnmaskError("usage", `times: minimum must be in [0, 1), got ${minimum}`);
  }
  return (t) => (1 - minimum) * t + minimum;
}
