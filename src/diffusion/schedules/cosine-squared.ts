/**
 * The squared-cosine schedule: `alpha = eps + (1 - eps) cos(pi t / 2)^2`, the shape of improved
 * DDPM (Nichol and Dhariwal, 2021) that MDLM calls `CosineSqr`. It is flat at both ends.
 *
 * @module
 */
import { clampTime } from "../schedule.ts";
import type { Schedule } from "../schedule.ts";
import { variant } from "../../variant.ts";

/** alpha = eps + (1 - eps) cos(pi t / 2)^2. */
export const cosineSquared = variant(
  {
    kind: "schedule",
    name: "cosine-squared",
    summary: "alpha follows a squared cosine: flat at both ends",
    paper: "Improved DDPM (Nichol and Dhariwal, 2021), MDLM (Sahoo et al., 2024)",
    options: {
      eps: { type: "number", default: 1e-3, minimum: 0, maximum: 0.5, summary: "alpha at t = 1" },
    },
  },
  ({ eps }): Schedule => ({
    name: "cosine-squared",
    alpha: (t) => eps + (1 - eps) * Math.cos((Math.PI / 2) * t) ** 2,
    alphaDerivative: (t) => -(1 - eps) * (Math.PI / 2) * Math.sin(Math.PI * t),
    inverse: (alpha) =>
      clampTime((2 / Math.PI) * Math.acos(Math.sqrt(clampTime((alpha - eps) / (1 - eps))))),
    // pi sin cos / sin^2, with x = pi t / 2.
    weight: (t) => Math.PI / Math.tan((Math.PI / 2) * t),
  }),
);
