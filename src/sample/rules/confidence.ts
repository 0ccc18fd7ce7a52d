/**
 * Confidence: in every step a token is drawn at every open place, and those that the model is most
 * certain of are kept (MaskGIT, Chang et al., 2022; LLaDA, Nie et al., 2025, "low-confidence
 * remasking").
 *
 * Certainty is the model's probability of the drawn token *before* temperature. Ranking by the
 * noisy logits instead is the bug that LLaDA's authors found in re-implementations.
 *
 * @module
 */
import { evenShare, rule, timeOf } from "../rule.ts";

/** The same number of tokens in every step: the most confident ones. */
export const confidence = rule(
  {
    kind: "rule",
    name: "confidence",
    summary: "the same number of tokens in every step: those the model is most certain of",
    paper: "MaskGIT (Chang et al., 2022), LLaDA (Nie et al., 2025)",
    options: {},
  },
  { keepsRevealed: true, obeysSteps: true, deterministic: true },
  (_, context) => {
    const { open: all, steps } = context;
    let step = 0;
    return {
      next: (open) =>
        open.length === 0 ? undefined : { places: open, time: timeOf(context, open.length) },
      keep({ confidence: certainty }) {
        const order = [...certainty.keys()];
        // The sort is stable: of equals, the leftmost.
        order.sort((a, b) => certainty[b]! - certainty[a]!);
        return { keep: order.slice(0, evenShare(all.length, steps, step++)) };
      },
    };
  },
);
