/**
 * Processes that mix the clean token with one fixed noise law: `q(x_t | x0) = alpha [x_t = x0] +
 * (1 - alpha) noise(x_t)` ("interpolating" processes: MDLM eq. 1, UDLM, GIDD). The noise law makes
 * the member: all on the mask gives absorbing diffusion, equal shares give uniform diffusion.
 *
 * Three states, x0 = 1, noise = (1/3, 1/3, 1/3), alpha = 0.7: q(x_t) = (0.1, 0.8, 0.1).
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import type { Random } from "../../tensor/random.ts";
import { drawWeighted } from "../categorical.ts";
import type { Process } from "../process.ts";

/** What makes one member of the family. */
export interface InterpolatingOptions {
  readonly name: string;
  readonly keepsRevealed: boolean;
  /** The law of a place at alpha = 0, [size], sums to 1. */
  readonly noise: Float64Array;
}

/** Builds the process of a noise law. */
export function interpolating({ name, keepsRevealed, noise }: InterpolatingOptions): Process {
  const size = noise.length;
  const certain = noise.indexOf(1);
  const drawNoise = (random: Random): number =>
    certain >= 0 ? certain : drawWeighted(noise, 1, random);

  /** weight [x = state] + (1 - weight) noise(x), [size]. */
  const mixed = (state: number, weight: number): Float64Array => {
    const law = noise.map((probability) => (1 - weight) * probability);
    law[state] = law[state]! + weight;
    return law;
  };

  return {
    name,
    size,
    keepsRevealed,
    prior: (length, random) => Int32Array.from({ length }, () => drawNoise(random)),
    corrupt: (x0, alpha, random) => {
      checkClock(name, alpha);
      return x0.map((token) => (random.uniform() < alpha ? token : drawNoise(random)));
    },
    marginal: (x0, alpha) => mixed(x0, alpha),
    transition: (xs, alphaS, alphaT) => mixed(xs, alphaS === 0 ? 0 : alphaT / alphaS),
    posterior: (xt, x0, alphaS, alphaT) => {
      checkClock(name, alphaT, alphaS);
      // Bayes, summed over x0 in one pass: q(x_t | x_s) sum_x0 q(x_s | x0) p(x0) / q(x_t | x0).
      const explained = new Float64Array(size);
      let total = 0;
      for (let token = 0; token < size; token++) {
        const likelihood = (token === xt ? alphaT : 0) + (1 - alphaT) * noise[xt]!;
        // Guesses that cannot have led to x_t do not count.
        if (likelihood === 0) continue;
        explained[token] = x0[token]! / likelihood;
        total += explained[token]!;
      }
      const stay = alphaS === 0 ? 0 : alphaT / alphaS;
      const law = explained.map(
        (share, xs) =>
          ((xs === xt ? stay : 0) + (1 - stay) * noise[xt]!) *
          (alphaS * share + (1 - alphaS) * noise[xs]! * total),
      );
      return normalised(law, xt);
    },
  };
}

/** Scales to sum 1; a law that rules everything out leaves the place as it is. */
function normalised(law: Float64Array, xt: number): Float64Array {
  const total = law.reduce((sum, probability) => sum + probability, 0);
  if (total > 0) return law.map((probability) => probability / total);
  law[xt] = 1;
  return law;
}

function checkClock(name: string, alphaT: number, alphaS = 1): void {
  if (alphaT >= 0 && alphaT <= alphaS && alphaS <= 1) return;
  throw new UnmaskError(
    "usage",
    `process ${name}: clock readings must satisfy 0 <= alphaT <= alphaS <= 1, got ${alphaT} and ${alphaS}`,
  );
}
