/**
 * Entropy: as `confidence`, but certain is where the model's whole law has the least entropy
 * H = -sum p log p (Dream, Ye et al., 2025, `entropy`).
 *
 * The order of places depends on the model's rows alone, not on what is drawn, so that with one place in
 * each step it draws from the model's joint law; `confidence` does not, which prefers likely draws.
 *
 * @module
 */
import { negativeEntropy } from "./parts/certainty.ts";
import { ranking } from "./parts/ranking.ts";

/** A number of tokens in every step: where the model's law has the least entropy. */
export const entropy = ranking(
  {
    name: "entropy",
    summary: "a number of tokens in every step: where the model's law has the least entropy",
    paper: "Dream (Ye et al., 2025)",
  },
  negativeEntropy,
);
