/**
 * Entropy-bounded: reveals places from the least entropy up, as many as keep the error of drawing them
 * independently below a bound (EB-Sampler, Ben-Hamu et al., 2025). Drawn together, k places
 * can miss at most `sum of H - max of H` nats of what they know of each other; the largest k for which
 * this is at most gamma is taken. One place alone misses nothing.
 *
 * Entropies 0.02, 0.05, 0.4 at gamma = 0.1: 0.02 + 0.05 is within the bound, so all three are taken. JetEngine
 * (SDAR) bounds the sum of all instead, the greatest included: it takes the first two, and at least one.
 *
 * @module
 */
import { negativeEntropy } from "./parts/certainty.ts";
import { withinEntropyBound } from "./parts/entropy-bound.ts";
import { askAll, rule } from "../rule.ts";

/** As many places as can be drawn independently without much harm. */
export const entropyBounded = rule(
  {
    kind: "rule",
    name: "entropy-bounded",
    summary: "as many tokens as can know little of each other; takes the steps it needs",
    paper: "EB-Sampler (Ben-Hamu et al., 2025)",
    options: {
      gamma: { type: "number", default: 0.1, minimum: 0, summary: "the bound, in nats" },
      of: {
        type: "choice",
        default: "others",
        choices: ["others", "all"],
        summary: "bound the sum of all entropies but the greatest, or, as JetEngine, of all",
      },
    },
  },
  { keepsRevealed: true, obeysSteps: false, deterministic: true },
  ({ gamma, of }, context) => ({
    next: askAll(context),
    keep: (proposals) => ({
      keep: withinEntropyBound(
        negativeEntropy(proposals).map((certainty) => -certainty),
        gamma,
        of === "all" ? "all" : "others",
      ),
    }),
  }),
);
