/**
 * An opening: the first step of a run by one rule, all others by another. Fast-dLLM with a cache writes the
 * first place of a block in the pass that fills the cache, whatever its certainty, and then goes on by
 * threshold: `left-to-right/threshold`.
 *
 * The second rule's clock runs from the beginning: its schedule has done one step when its turn comes.
 *
 * @module
 */
import { UnmaskError } from "../../../errors.ts";
import type { Rule, RuleRun } from "../../rule.ts";

/**
 * The rule that begins as one rule and goes on as another.
 *
 * @throws UnmaskError "usage" for rules that open decided places again, or draw from scores.
 * @example
 * ```ts
 * opening(leftToRight(), threshold({ tau: 0.9 }));
 * ```
 */
export function opening(first: Rule, rest: Rule): Rule {
  for (const { name, keepsRevealed, reads = "x0" } of [first, rest])
    if (!keepsRevealed || reads !== "x0")
      throw new UnmaskError(
        "usage",
        `rule ${name}: can't be joined by "/", as it ${keepsRevealed ? "draws from scores" : "opens decided places again"}; use it alone, or rules like left-to-right/threshold`,
      );
  return {
    name: `${first.name}/${rest.name}`,
    keepsRevealed: true,
    obeysSteps: rest.obeysSteps,
    readsRows: first.readsRows || rest.readsRows,
    deterministic: first.deterministic && rest.deterministic,
    start(context) {
      // A single step has none to spare for an opening.
      if (rest.obeysSteps && context.steps === 1) return rest.start(context);
      const [opener, follower] = [first.start(context), rest.start(context)];
      let run: RuleRun | undefined;
      return {
        next(open) {
          const wish = follower.next(open);
          run = run ? follower : opener;
          return run === opener ? opener.next(open) : wish;
        },
        keep: (proposals) => run!.keep(proposals),
      };
    },
  };
}
