/**
 * The geometric schedule: the total noise grows by a constant factor,
 * `sigma = sigmaMin^(1-t) sigmaMax^t` (score-based models, SEDD with the uniform graph).
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import { clampTime } from "../schedule.ts";
import type { Schedule } from "../schedule.ts";
import { variant } from "../../variant.ts";

/** alpha = exp(-sigmaMin^(1-t) sigmaMax^t). */
export const geometric = variant(
  {
    kind: "schedule",
    name: "geometric",
    summary: "the total noise grows by a constant factor",
    paper: "SEDD (Lou et al., 2023)",
    options: {
      sigmaMin: { type: "number", default: 1e-4, above: 0, summary: "total noise at t = 0" },
      sigmaMax: { type: "number", default: 20, above: 0, summary: "total noise at t = 1" },
    },
  },
  ({ sigmaMin, sigmaMax }): Schedule => {
    if (sigmaMin >= sigmaMax) {
      throw new UnmaskError(
        "usage",
        `schedule geometric: sigmaMin must be less than sigmaMax, got ${sigmaMin} and ${sigmaMax}`,
      );
    }
    const rate = Math.log(sigmaMax / sigmaMin);
    const sigma = (t: number): number => sigmaMin * Math.exp(rate * t);
    return {
      name: "geometric",
      alpha: (t) => Math.exp(-sigma(t)),
      alphaDerivative: (t) => -rate * sigma(t) * Math.exp(-sigma(t)),
      inverse: (alpha) => clampTime(Math.log(-Math.log(alpha) / sigmaMin) / rate),
      weight: (t) => (rate * sigma(t)) / Math.expm1(sigma(t)),
    };
  },
);
