/**
 * Margin: as `confidence`, but certain is where the likeliest token is far ahead of the second, p1 - p2
 * (Kim et al., 2025, "Train for the worst, plan for the best"; Dream's `topk_margin`). Where two tokens
 * compete, 0.5 against 0.4, it waits; where one of 0.4 has no rival, it goes ahead.
 *
 * The order of places depends on the model's rows alone, not on what is drawn, so that with one place in
 * each step it draws from the model's joint law; `confidence` does not, which prefers likely draws.
 *
 * @module
 */
import { lead } from "./parts/certainty.ts";
import { ranking } from "./parts/ranking.ts";

/** A number of tokens in every step: where the likeliest token leads by most. */
export const margin = ranking(
  {
    name: "margin",
    summary:
      "a number of tokens in every step: where the likeliest is furthest ahead of the second",
    paper: "Kim et al., 2025; Dream (Ye et al., 2025)",
  },
  lead,
);
