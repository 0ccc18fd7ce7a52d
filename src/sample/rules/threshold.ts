/**
 * Threshold: in every step all proposals of at least a confidence are kept, and the most confident one
 * in any case (Fast-dLLM, Wu et al., 2025, "confidence-aware parallel decoding"). Easy texts take few
 * steps, hard ones as many as they have places.
 *
 * Confidences 0.95, 0.6, 0.92 at tau = 0.9: the first and the third are kept; 0.5, 0.6, 0.3: the second.
 *
 * @module
 */
import { argmax } from "../../diffusion/categorical.ts";
import { askAll, rule } from "../rule.ts";

/** All proposals that the model is certain enough of. */
export const threshold = rule(
  {
    kind: "rule",
    name: "threshold",
    summary: "all tokens of at least a confidence, and one in any case; takes the steps it needs",
    paper: "Fast-dLLM (Wu et al., 2025)",
    options: {
      tau: { type: "number", default: 0.9, minimum: 0, summary: "the confidence; above 1 = one" },
    },
  },
  { keepsRevealed: true, obeysSteps: false, deterministic: true },
  ({ tau }, context) => ({
    next: askAll(context),
    keep({ confidence }) {
      const best = argmax(confidence);
      return { keep: [...confidence.keys()].filter((i) => i === best || confidence[i]! >= tau) };
    },
  }),
);
