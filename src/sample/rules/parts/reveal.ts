/**
 * How many places are revealed when, for rules that reveal a number of places in each step.
 *
 * - `even`: the same number in each step, and one more in the first ones (LLaDA).
 * - `cosine`, `square`, `root`: a curve says which share of the places is still masked when a share r of the
 *   steps is done (MaskGIT, Chang et al., 2022).
 * - `dream`, `dllm`: as many of those that are left as the linear process would reveal on average from time t
 *   to s, left (1 - s / t), made whole. Dream (and Open-dCoder) cuts it off, on even times from 1 to 0.001, and
 *   leaves what remains to the last step; dllm rounds halves to the even number, on even times from 1 to 0, and
 *   takes the ratio in float32, by which many halves are none. Steps may then reveal nothing, at no cost.
 *
 * Eight places in four steps: even 2 2 2 2, cosine 1 2 2 3, square 1 1 3 3, root 4 2 1 1, dream 1 2 2 3,
 * dllm 2 2 2 2. Five in six: dream 0 0 1 1 1 2, dllm 1 1 1 1 0 1.
 *
 * @module
 */
import { evenShare } from "../../rule.ts";
import type { RuleContext } from "../../rule.ts";
import { lookUp } from "../../../errors.ts";

/** One step of a run. */
interface Moment {
  /** Counted from 0. */
  readonly step: number;
  readonly steps: number;
  /** Places that the steps are for. */
  readonly size: number;
  /** Places still masked. */
  readonly left: number;
}

/** The number of places to reveal in a step before the last, which takes all that is left. */
type Count = (moment: Moment) => number;

const counts: Readonly<Record<string, Count>> = {
  even: ({ size, steps, step }) => evenShare(size, steps, step),
  cosine: alongCurve((r) => Math.cos((Math.PI / 2) * r)),
  square: alongCurve((r) => 1 - r ** 2),
  root: alongCurve((r) => 1 - Math.sqrt(r)),
  dream: ({ left, steps, step }) => {
    const time = (i: number): number => 1 - (1 - 1e-3) * (i / steps);
    return Math.trunc(left * (1 - time(step + 1) / time(step)));
  },
  dllm: ({ left, steps, step }) => {
    const masked = (i: number): number => single(1 - single(1 - single((steps - i) / steps)));
    return roundHalfEven(left * (1 - single(masked(step + 1) / masked(step))));
  },
};

const single = Math.fround;

/** Along a curve of the masked share, from 1 at 0 to 0 at 1; at least one place. */
function alongCurve(curve: (r: number) => number): Count {
  return ({ size, steps, step, left }) =>
    Math.max(1, left - Math.floor(size * curve((step + 1) / steps)));
}

/** 0.5 and 1.5 become 0 and 2. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}

/** The option of rules that reveal a number of places in each step. */
export const revealOption = {
  type: "choice",
  default: "even",
  choices: Object.keys(counts),
  summary:
    "how many when: even, or cosine, square = few first, root = many first, or as Dream or dllm count",
} as const;

/**
 * Counts for one run: called once for each step, with the number of places still masked. All that is left in
 * the last step.
 */
export function revealCounts(
  name: string,
  { size, steps }: Pick<RuleContext, "size" | "steps">,
): (left: number) => number {
  const count = lookUp("reveal", name, counts);
  let step = 0;
  return (left) => {
    const moment = { step: step++, steps, size, left };
    return step >= steps ? left : Math.min(left, count(moment));
  };
}
