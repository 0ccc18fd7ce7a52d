/**
 * The log-linear schedule, MDLM's and SEDD's default: `sigma = -log1p(-(1 - eps) t)`, that is
 * alpha falls linearly. Every masking rate is equally likely in training, and the bound's weight
 * is 1 / t.
 *
 * @module
 */
import { clampTime } from "../schedule.ts";
import type { Schedule } from "../schedule.ts";
import { variant } from "../../variant.ts";

/** alpha = 1 - (1 - eps) t. */
export const logLinear = variant(
  {
    kind: "schedule",
    name: "log-linear",
    summary: "alpha falls linearly in t: every masking rate is equally likely",
    paper: "SEDD (Lou et al., 2023), MDLM (Sahoo et al., 2024)",
    options: {
      eps: { type: "number", default: 1e-3, minimum: 0, maximum: 0.5, summary: "alpha at t = 1" },
    },
  },
  ({ eps }): Schedule => ({
    name: "log-linear",
    alpha: (t) => 1 - (1 - eps) * t,
    alphaDerivative: () => -(1 - eps),
    inverse: (alpha) => clampTime((1 - alpha) / (1 - eps)),
    weight: (t) => 1 / t,
  }),
);
