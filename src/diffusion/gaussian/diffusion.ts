/**
 * Diffusion of vectors: Gaussian noise that keeps the variance (Ho et al. 2020; Kingma et al. 2021).
 *
 * ```
 * x_t = sqrt(alpha(t)) x0 + sqrt(1 - alpha(t)) e,   e ~ N(0, 1)
 * ```
 *
 * alpha is the schedule's, as everywhere: here it is the share of the variance that is signal (DDPM's
 * alpha-bar). PLANNER's cosine, sqrt(alpha) = cos(pi t / 2), is `cosine-squared`. Each number of a vector
 * is diffused for itself, so vectors of any shape are flat arrays.
 *
 * Three numbers (1, 0, -1) at alpha = 0.64 with noise (0.5, -0.5, 0): 0.8 x0 + 0.6 e = (1.1, -0.3, -0.8).
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import type { Schedule } from "../schedule.ts";

/** How much of x_t is signal, and how much noise: `signal^2 + noise^2 = 1`. */
export interface Scales {
  readonly signal: number;
  readonly noise: number;
}

/** q(x_s | x_t, x0) = N(`fromClean` x0 + `fromNoisy` x_t, `deviation`^2), for s < t. */
export interface GaussianPosterior {
  readonly fromClean: number;
  readonly fromNoisy: number;
  readonly deviation: number;
}

/** One step back, from time t to s. */
export interface ReverseStep {
  readonly xt: Float64Array;
  /** What the model takes for the clean vector. */
  readonly x0: Float64Array;
  readonly s: number;
  readonly t: number;
  /**
   * How much of the posterior's deviation is drawn anew: 0 is DDIM, which is deterministic (Song et al.
   * 2020, equation 12), 1 is ancestral sampling, the posterior itself.
   */
  readonly eta: number;
  /** Standard normal numbers; asked for only where eta is above 0. */
  readonly normal: () => number;
}

export interface GaussianDiffusion {
  readonly scales: (t: number) => Scales;
  /** Signal over noise, by variance: alpha / (1 - alpha). */
  readonly signalToNoise: (t: number) => number;
  /** x_t of a clean vector and standard normal noise of its length. */
  readonly corrupt: (x0: Float64Array, noise: Float64Array, t: number) => Float64Array;
  readonly posterior: (s: number, t: number) => GaussianPosterior;
  /** x_s, drawn given x_t and a guess of x0. At s = 0 under alpha(0) = 1 it is the guess. */
  readonly reverse: (step: ReverseStep) => Float64Array;
}

/**
 * Gaussian diffusion under a schedule. Exact, float64.
 *
 * @throws UnmaskError "usage" for times that don't fall: 0 <= s < t <= 1.
 * @example
 * ```ts
 * const diffusion = gaussianDiffusion(cosineSquared({ eps: 0 }));
 * diffusion.scales(0.5); // { signal: 0.7071, noise: 0.7071 }
 * ```
 */
export function gaussianDiffusion(schedule: Pick<Schedule, "alpha">): GaussianDiffusion {
  const scales = (t: number): Scales => {
    const alpha = schedule.alpha(t);
    return { signal: Math.sqrt(alpha), noise: Math.sqrt(1 - alpha) };
  };
  /** The deviation of q(x_s | x_t, x0): noise that is in x_s but doesn't show in x_t. */
  const hidden = (s: number, t: number): number => {
    if (!(s >= 0 && s < t && t <= 1))
      throw new UnmaskError(
        "usage",
        `gaussian diffusion: times must satisfy 0 <= s < t <= 1, got ${s} and ${t}`,
      );
    const [alphaS, alphaT] = [schedule.alpha(s), schedule.alpha(t)];
    return Math.sqrt(((1 - alphaS) / (1 - alphaT)) * (1 - alphaT / alphaS));
  };
  return {
    scales,
    signalToNoise(t) {
      const alpha = schedule.alpha(t);
      return alpha / (1 - alpha);
    },
    corrupt(x0, noise, t) {
      const { signal, noise: share } = scales(t);
      return x0.map((x, i) => signal * x + share * noise[i]!);
    },
    posterior(s, t) {
      const deviation = hidden(s, t);
      const [at, from] = [scales(s), scales(t)];
      const carried = at.noise ** 2 - deviation ** 2;
      const fromNoisy = Math.sqrt(Math.max(0, carried)) / from.noise;
      return { deviation, fromNoisy, fromClean: at.signal - fromNoisy * from.signal };
    },
    reverse({ xt, x0, s, t, eta, normal }) {
      const deviation = eta * hidden(s, t);
      const [at, from] = [scales(s), scales(t)];
      // The noise that x_t holds, if x0 is right, goes on in x_s; what is taken from it is drawn anew.
      const carried = Math.sqrt(Math.max(0, at.noise ** 2 - deviation ** 2)) / from.noise;
      return x0.map(
        (x, i) =>
          at.signal * x +
          carried * (xt[i]! - from.signal * x) +
          (deviation > 0 ? deviation * normal() : 0),
      );
    },
  };
}

/**
 * The weight of `|x0 - guess|^2` that P2 weighting gives (Choi et al. 2022): the error of the noise that
 * the guess implies, `SNR |x0 - guess|^2`, times `1 / (k + SNR)^gamma`. With the defaults, PLANNER's, it is
 * alpha(t).
 */
export const p2Weight = (signalToNoise: number, { k = 1, gamma = 1 } = {}): number =>
  signalToNoise / (k + signalToNoise) ** gamma;
