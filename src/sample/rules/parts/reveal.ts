/**
 * How many places are revealed when, for rules that reveal a number of places in each step.
 *
 * A curve says which share of the places is still masked when a share r of the steps is done (MaskGIT,
 * Chang et al., 2022). Eight places in four steps: even 2 2 2 2, cosine 1 2 2 3,
 * square 1 1 3 3, root 4 2 1 1.
 *
 * @module
 */
import { evenShare } from "../../rule.ts";
import type { RuleContext } from "../../rule.ts";
import { lookUp } from "../../../errors.ts";

/** The share that is masked after the share r of the steps, from 1 at 0 to 0 at 1. */
const curves: Readonly<Record<string, (r: number) => number>> = {
  cosine: (r) => Math.cos((Math.PI / 2) * r),
  square: (r) => 1 - r ** 2,
  root: (r) => 1 - Math.sqrt(r),
};

/** The option of rules that reveal a number of places in each step. */
export const revealOption = {
  type: "choice",
  default: "even",
  choices: ["even", ...Object.keys(curves)],
  summary: "how many when: even, or cosine, square = few first, or root = many first",
} as const;

/**
 * Counts for one run: called once for each step, with the number of places still masked. At least one,
 * and all that is left in the last step.
 */
export function revealCounts(
  name: string,
  { open: { length: total }, steps }: Pick<RuleContext, "open" | "steps">,
): (left: number) => number {
  let step = 0;
  // LLaDA's: the first steps take one more.
  if (name === "even") return () => evenShare(total, steps, step++);
  const curve = lookUp("reveal", name, curves);
  return (left) => {
    step += 1;
    return Math.max(1, left - Math.floor(total * curve(step / steps)));
  };
}
