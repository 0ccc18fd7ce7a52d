/**
 * The cosine schedule of MaskGIT and MDLM: the masking rate `(1 - eps)(1 - cos(pi t / 2))` starts
 * like t^2, so training and sampling spend more time on nearly clean text.
 *
 * @module
 */
import { clampTime } from "../schedule.ts";
import type { Schedule } from "../schedule.ts";
import { variant } from "../../variant.ts";

/** alpha = eps + (1 - eps) cos(pi t / 2). */
export const cosine = variant(
  {
    kind: "schedule",
    name: "cosine",
    summary: "alpha follows a quarter of a cosine: more time on nearly clean text",
    paper: "MaskGIT (Chang et al., 2022), MDLM (Sahoo et al., 2024)",
    options: {
      eps: { type: "number", default: 1e-3, minimum: 0, maximum: 0.5, summary: "alpha at t = 1" },
    },
  },
  ({ eps }): Schedule => ({
    name: "cosine",
    alpha: (t) => eps + (1 - eps) * Math.cos((Math.PI / 2) * t),
    alphaDerivative: (t) => -(1 - eps) * (Math.PI / 2) * Math.sin((Math.PI / 2) * t),
    inverse: (alpha) => clampTime((2 / Math.PI) * Math.acos(clampTime((alpha - eps) / (1 - eps)))),
    // sin(x) / (1 - cos(x)) = cot(x / 2), which does not cancel.
    weight: (t) => Math.PI / 2 / Math.tan((Math.PI / 4) * t),
  }),
);
