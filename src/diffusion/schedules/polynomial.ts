/**
 * The polynomial schedule of MD4 (Shi et al., 2024): `alpha = 1 - t^power`. The power shifts the
 * time that training and sampling spend: above 1 to nearly clean text, below 1 to nearly empty text.
 *
 * @module
 */
import { clampTime } from "../schedule.ts";
import type { Schedule } from "../schedule.ts";
import { variant } from "../../variant.ts";

/** alpha = 1 - (1 - eps) t^power. */
export const polynomial = variant(
  {
    kind: "schedule",
    name: "polynomial",
    summary: "alpha = 1 - t^power",
    paper: "MD4 (Shi et al., 2024), table 1",
    options: {
      power: { type: "number", default: 2, above: 0, summary: "exponent of t" },
      eps: { type: "number", default: 1e-3, minimum: 0, maximum: 0.5, summary: "alpha at t = 1" },
    },
  },
  ({ power, eps }): Schedule => ({
    name: "polynomial",
    alpha: (t) => 1 - (1 - eps) * t ** power,
    alphaDerivative: (t) => -(1 - eps) * power * t ** (power - 1),
    inverse: (alpha) => clampTime(((1 - alpha) / (1 - eps)) ** (1 / power)),
    weight: (t) => power / t,
  }),
);
