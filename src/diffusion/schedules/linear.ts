/**
 * The linear schedule: the total noise `sigma` grows linearly, so alpha falls exponentially
 * (the continuous limit of DDPM's constant rate, MDLM's `Linear`).
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import { clampTime } from "../schedule.ts";
import type { Schedule } from "../schedule.ts";
import { variant } from "../../variant.ts";

/** alpha = exp(-(sigmaMin + t (sigmaMax - sigmaMin))). */
export const linear = variant(
  {
    kind: "schedule",
    name: "linear",
    summary: "the total noise grows linearly in t: alpha falls exponentially",
    paper: "MDLM (Sahoo et al., 2024), appendix on schedules",
    options: {
      sigmaMin: { type: "number", default: 1e-4, above: 0, summary: "total noise at t = 0" },
      sigmaMax: { type: "number", default: 8, above: 0, summary: "total noise at t = 1" },
    },
  },
  ({ sigmaMin, sigmaMax }): Schedule => {
    if (sigmaMin >= sigmaMax) {
      throw new UnmaskError(
        "usage",
        `schedule linear: sigmaMin must be less than sigmaMax, got ${sigmaMin} and ${sigmaMax}`,
      );
    }
    const slope = sigmaMax - sigmaMin;
    const sigma = (t: number): number => sigmaMin + t * slope;
    return {
      name: "linear",
      alpha: (t) => Math.exp(-sigma(t)),
      alphaDerivative: (t) => -slope * Math.exp(-sigma(t)),
      inverse: (alpha) => clampTime((-Math.log(alpha) - sigmaMin) / slope),
      weight: (t) => slope / Math.expm1(sigma(t)),
    };
  },
);
