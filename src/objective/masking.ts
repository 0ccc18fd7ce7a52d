/**
 * How training and scoring choose which places of a window to mask, and how much each of them
 * counts. Unless they say otherwise all plans estimate the same bound; they differ in variance, and in
 * which levels of noise the gradients come from.
 *
 * @module
 */
import type { Schedule } from "../diffusion/schedule.ts";
import { permutation } from "../tensor/index.ts";
import type { Random } from "../tensor/index.ts";

/** One row's noise. */
export interface Masked {
  /** 1 where a place is masked, [length] */
  readonly masked: Uint8Array;
  /** What each masked place's cross-entropy counts. */
  readonly weight: number;
  /** The noise level to tell a network, in [0, 1]. */
  readonly time: number;
}

/** Masks a row of `length` places at a noise level from 0 to 1. */
export type Masking = (length: number, level: number, random: Random) => Masked;

/** The smallest time, where weights such as 1 / t are still finite: MDLM's. */
const leastTime = 1e-3;

const coins = (length: number, probability: number, random: Random): Uint8Array =>
  Uint8Array.from({ length }, () => (random.uniform() < probability ? 1 : 0));

/** Continuous time, t uniform: weight(t) = -alpha' / (1 - alpha) (MDLM, equation 10). */
export function continuousTime(schedule: Schedule): Masking {
  return (length, level, random) => {
    const time = leastTime + (1 - leastTime) * level;
    const masked = coins(length, 1 - schedule.alpha(time), random);
    return { masked, weight: schedule.weight(time), time };
  };
}

/**
 * Continuous time, t drawn in proportion to weight(t), so that every masked place counts the same:
 * the change of variables of MDLM (appendix on low-variance training). weight is the derivative of
 * f(t) = log(1 - alpha(t)), so f is uniform, and the common weight is the length of its range.
 */
export function importanceTime(schedule: Schedule): Masking {
  const f = (t: number): number => Math.log1p(-schedule.alpha(t));
  const [low, high] = [f(leastTime), f(1)];
  return (length, level, random) => {
    const noise = Math.exp(low + (high - low) * level);
    const masked = coins(length, noise, random);
    return { masked, weight: high - low, time: schedule.inverse(1 - noise) };
  };
}

/**
 * The masks of another plan, all of which count the same: the loss of MaskGIT (Chang et al. 2022, equation 1) and, beside
 * its bound, of D3PM (section 3.4). It is no bound: few masks, of which the bound makes much, count for little. That
 * takes most of the noise out of the gradient. Where half of all places are masked, a weight of 2 makes
 * it a mean over all places, as the bound is.
 */
export function evenWeights(masking: Masking): Masking {
  return (length, level, random) => ({ ...masking(length, level, random), weight: 2 });
}

/**
 * Discrete time with `steps` steps, step k uniform: the weight is the chance of being revealed in
 * the step from k to k - 1, times `steps` (MDLM, equation 8; D3PM's bound for the absorbing process).
 */
export function discreteTime(schedule: Pick<Schedule, "alpha">, steps: number): Masking {
  return (length, level, random) => {
    const k = Math.min(steps, 1 + Math.floor(level * steps));
    const [before, after] = [schedule.alpha((k - 1) / steps), schedule.alpha(k / steps)];
    // The very first step leaves nothing masked: what is clean at 0 is clean.
    const revealed = k === 1 ? 1 - after : before - after;
    const weight = (steps * revealed) / (1 - after);
    return { masked: coins(length, 1 - after, random), weight, time: k / steps };
  };
}

/**
 * Exactly k masked places, k uniform in 1 .. length: a masked place counts length / k. The estimator
 * that LLaDA scores with; it has the least variance of all.
 */
export function exactCount(): Masking {
  return (length, level, random) => {
    const k = Math.min(length, 1 + Math.floor(level * length));
    const masked = new Uint8Array(length);
    for (const place of permutation(random, length).subarray(0, k)) masked[place] = 1;
    return { masked, weight: length / k, time: k / length };
  };
}

/**
 * A share of masks between `low` and `high`, all shares equally likely: BD3-LM's clipped schedule
 * (section 5.2). Rates near 0 and 1 teach little and make the gradient noisy; what is left out makes
 * the mean another number than the bound, so it serves training only. `low = high = 1` masks all.
 */
export function clippedRate({ low, high }: Interval): Masking {
  return (length, level, random) => {
    const rate = low + (high - low) * level;
    return { masked: coins(length, rate, random), weight: 1 / rate, time: rate };
  };
}

/** A range of mask rates, 0 < low <= high <= 1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** All rates: what no clipping means. */
export const wholeInterval: Interval = { low: leastTime, high: 1 };
