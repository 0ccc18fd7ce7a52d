/**
 * Paced threshold: a threshold that never runs ahead of an even schedule, and catches up with it where
 * it fell behind (Fast-dLLM's `confidence_threshold` for Dream, Wu et al., 2025, without a cache).
 *
 * In every step, as many places are due as an even schedule would have revealed by then and are not yet: the
 * surest of them is kept, the others only at tau or more. What is held back is due again in the next step,
 * and beyond the last step all that is left is due.
 *
 * Four places in two steps at tau = 0.9, confidences 0.95, 0.7, 0.92, 0.99: two are due, the fourth and the
 * first, and both are kept. Then two are due: with 0.8 and 0.93 the second is kept, and a third step keeps
 * the other.
 *
 * @module
 */
import { byCertainty } from "./parts/certainty.ts";
import { askAll, evenShare, rule } from "../rule.ts";

/** The tokens that are due, as far as the model is certain enough. */
export const pacedThreshold = rule(
  {
    kind: "rule",
    name: "paced-threshold",
    summary:
      "as threshold, but of no more tokens than an even schedule has due; may take more steps",
    paper: "Fast-dLLM (Wu et al., 2025), for Dream",
    options: {
      tau: { type: "number", default: 0.9, minimum: 0, summary: "the confidence; above 1 = one" },
    },
  },
  { keepsRevealed: true, obeysSteps: false, deterministic: true },
  ({ tau }, context) => {
    const { size, steps } = context;
    let step = 0;
    let scheduled = 0;
    return {
      next: askAll(context),
      keep({ confidence }) {
        scheduled += step < steps ? evenShare(size, steps, step) : 0;
        step += 1;
        const revealed = context.open.length - confidence.length;
        const due = step < steps ? Math.max(1, scheduled - revealed) : confidence.length;
        const candidates = byCertainty(confidence).slice(0, due);
        return { keep: candidates.filter((i, rank) => rank === 0 || confidence[i]! >= tau) };
      },
    };
  },
);
