/**
 * Tweedie: SEDD's analytic sampler (Lou et al., 2023, section 4.3, "Tweedie tau-leaping"). Scores give
 * the law of a place at time t up to a factor; taken back exactly to time s, and weighed with the
 * chance of the step that was observed, they are the law of x_s:
 *
 * ```
 * p(x_s = y | x_t = x)  is proportional to  (score Q(s, t)^-1)_y * q(x | y)
 * ```
 *
 * The last pass goes back all the way to 0, where no mask is left: the denoising step. A model that
 * says p(x0) is translated into scores first, for which this is ancestral sampling again.
 *
 * @module
 */
import { endOption, scoreTimes, tweedieLaw } from "./parts/reverse-scores.ts";
import { rule } from "../rule.ts";
import { redrawing } from "./parts/redrawing.ts";

/** Exact reverse steps for a model of scores. */
export const tweedie = rule(
  {
    kind: "rule",
    name: "tweedie",
    summary: "reverse steps from scores, exact for each place; the last pass denoises",
    paper: "SEDD (Lou et al., 2023), section 4.3",
    options: { end: endOption },
  },
  { keepsRevealed: true, obeysSteps: true, reads: "score" },
  ({ end }, context) =>
    redrawing(context, scoreTimes(context.steps, end), (s, t) => tweedieLaw(context.process, s, t)),
);
