/**
 * Factor: the more places are revealed at once, the more certain each must be (Fast-dLLM, Wu et al.,
 * 2025: n places may be revealed together if (n + 1)(1 - c) < factor, where c is the least
 * of their confidences).
 *
 * With confidences sorted from the highest, c_1 >= c_2 >= .., rank r passes if
 * `c_r >= 1 - factor / (r + 1)`, and rank 1 in any case.
 *
 * @module
 */
import { byCertainty } from "./parts/certainty.ts";
import { askAll, rule } from "../rule.ts";

/** As many proposals as are certain enough for their number. */
export const factor = rule(
  {
    kind: "rule",
    name: "factor",
    summary: "the more tokens at once, the more certain each must be; takes the steps it needs",
    paper: "Fast-dLLM (Wu et al., 2025)",
    options: {
      factor: { type: "number", default: 1, minimum: 0, summary: "more = more tokens at once" },
    },
  },
  { keepsRevealed: true, obeysSteps: false, deterministic: true },
  ({ factor: limit }, context) => ({
    next: askAll(context),
    keep({ confidence }) {
      const order = byCertainty(confidence);
      const most = order.findLastIndex(
        (place, index) => index === 0 || confidence[place]! >= 1 - limit / (index + 2),
      );
      return { keep: order.slice(0, most + 1) };
    },
  }),
);
