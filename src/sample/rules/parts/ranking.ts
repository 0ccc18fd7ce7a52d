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
import { rule, timeOf } from "../../rule.ts";
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
      const counts = revealCounts(reveal, context);
      let count = 0;
      return {
        next(open) {
          if (open.length === 0) return undefined;
          count = counts(open.length);
          const places = count === 0 ? new Int32Array(0) : open;
          return { places, time: timeOf(context, open.length) };
        },
        keep: (proposals) => ({ keep: byCertainty(certainty(proposals)).slice(0, count) }),
      };
    },
  );
}
