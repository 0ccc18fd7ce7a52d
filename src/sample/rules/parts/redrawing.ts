/**
 * Going back along a grid of times, where every step draws all open places anew from a law of x_s given
 * x_t: what the reverse processes of `ancestral`, `tweedie` and `euler` have in common.
 *
 * @module
 */
import type { Proposals, Decision, RuleContext, RuleRun, Wish } from "../../rule.ts";

/** The law of a place's token at time s, given the model's row and the token at time t. */
export type StepLaw = (s: number, t: number) => NonNullable<Wish["law"]>;

/**
 * A run along falling times, the last of which is 0: a step for each.
 *
 * @param times e.g. [1, 0.5, 0]: a step from 1 to 0.5, and one to 0, which decides all that is left
 */
export function redrawing(context: RuleContext, times: readonly number[], law: StepLaw): RuleRun {
  let step = 0;
  return {
    next(open) {
      if (open.length === 0) return undefined;
      const [t, s] = [times[step]!, times[step + 1]!];
      step += 1;
      return { places: open, time: t, law: law(s, t) };
    },
    keep: (proposals) => settle(proposals, context, step === times.length - 1),
  };
}

/**
 * What is kept of draws from a reverse process: a drawn mask leaves its place open, and where tokens may
 * still change, a drawn token is a draft until the last step.
 */
function settle(
  { places, tokens }: Proposals,
  { process, maskId }: RuleContext,
  last: boolean,
): Decision {
  if (last) return { keep: [...places.keys()] };
  if (process.keepsRevealed)
    return { keep: [...places.keys()].filter((i) => tokens[i] !== maskId) };
  const drafts = Array.from(places, (place, i) => ({ place, token: tokens[i]! }));
  return { keep: [], drafts };
}
