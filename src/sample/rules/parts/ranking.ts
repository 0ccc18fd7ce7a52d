/**
 * Rules that rank: in every step a token is drawn at every open place, and a given number of them is
 * kept, those of which the model is most certain. What certain means tells them apart.
 *
 * @module
 */
import type { VariantDocs, VariantFactory } from "../../../variant.ts";
import { byCertainty } from "./certainty.ts";
import type { Certainty } from "./certainty.ts";
import { revealCounts, revealOption } from "./reveal.ts";
import { askAll, rule } from "../../rule.ts";
import type { Rule } from "../../rule.ts";

const options = { reveal: revealOption } as const;

/** The rule that keeps the most certain proposals of each step. */
export function ranking(
  docs: Omit<VariantDocs, "kind" | "options">,
  certainty: Certainty,
): VariantFactory<typeof options, Rule> {
  return rule(
    { kind: "rule", ...docs, options },
    { keepsRevealed: true, obeysSteps: true, deterministic: true },
    ({ reveal }, context) => {
      const count = revealCounts(reveal, context);
      return {
        next: askAll(context),
        keep(proposals) {
          const order = byCertainty(certainty(proposals));
          return { keep: order.slice(0, count(order.length)) };
        },
      };
    },
  );
}
