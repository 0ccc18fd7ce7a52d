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
import { drawnProbability } from "./parts/certainty.ts";
import { ranking } from "./parts/ranking.ts";

/** A number of tokens in every step: the most confident ones. */
export const confidence = ranking(
  {
    name: "confidence",
    summary: "a number of tokens in every step: those the model is most certain of",
    paper: "MaskGIT (Chang et al., 2022), LLaDA (Nie et al., 2025)",
  },
  drawnProbability,
);
