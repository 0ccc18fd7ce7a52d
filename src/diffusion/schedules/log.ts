/**
 * The logarithmic schedule of BD3-LM (Arriola et al., 2025, table 8): the masking rate `log2(1 + t)` rises
 * faster at first, so training sees more masks than under the log-linear schedule.
 *
 * @module
 */
import { clampTime } from "../schedule.ts";
import type { Schedule } from "../schedule.ts";
import { variant } from "../../variant.ts";

/** alpha = 1 - (1 - eps) log2(1 + t). */
export const log = variant(
  {
    kind: "schedule",
    name: "log",
    summary: "alpha = 1 - log2(1 + t): more time on text with many masks",
    paper: "BD3-LM (Arriola et al., 2025), section 5",
    options: {
      eps: { type: "number", default: 1e-3, minimum: 0, maximum: 0.5, summary: "alpha at t = 1" },
    },
  },
  ({ eps }): Schedule => ({
    name: "log",
    alpha: (t) => 1 - ((1 - eps) * Math.log1p(t)) / Math.LN2,
    alphaDerivative: (t) => -(1 - eps) / ((1 + t) * Math.LN2),
    inverse: (alpha) => clampTime(Math.expm1(((1 - alpha) / (1 - eps)) * Math.LN2)),
    weight: (t) => 1 / ((1 + t) * Math.log1p(t)),
  }),
);
