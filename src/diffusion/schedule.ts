/**
 * Noise schedules: how fast a token is lost.
 *
 * Convention of the whole project: t = 0 is clean, t = 1 is noise, `alpha(t)` is the probability
 * that a token is still clean. MDLM (Sahoo et al., 2024) writes the same thing as a total noise
 * `sigma(t) = -log alpha(t)`, and its continuous-time bound (eq. 10) as the integral over t of
 * `weight(t)` times the expected cross entropy of the masked tokens, with
 * `weight = -alpha' / (1 - alpha) = sigma' / expm1(sigma)`.
 *
 * Three tokens under alpha = 1 - t, at t = 2/3: two of them are masked on average, and each masked
 * token counts 1 / t = 1.5 times.
 *
 * @module
 */

/** How the probability of staying clean falls from (almost) 1 to (almost) 0. */
export interface Schedule {
  readonly name: string;
  /** Probability that a token is still clean at time t in [0, 1]; falls strictly. */
  alpha(t: number): number;
  /** d alpha / d t, at most 0. */
  alphaDerivative(t: number): number;
  /** The time at which alpha has this value; values out of reach give 0 or 1. */
  inverse(alpha: number): number;
  /** -alpha'(t) / (1 - alpha(t)), the weight of the masked bound, without cancellation near t = 0. */
  weight(t: number): number;
}

/** Total noise -log alpha(t): what time-conditioned networks of MDLM and SEDD are told. */
export function sigma(schedule: Schedule, t: number): number {
  return -Math.log(schedule.alpha(t));
}

/** Bounds a number to [0, 1]: times that an inverse computes may miss by a rounding error. */
export function clampTime(t: number): number {
  return Math.min(1, Math.max(0, t));
}
