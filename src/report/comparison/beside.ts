/**
 * A figure of one model set beside the same figure of another. A difference within two standard errors is no
 * difference, an upper bound can't lose, and dull texts can't win.
 *
 * @module
 */
import { comparing, differenceOf } from "../../evaluate/difference.ts";
import type { Difference } from "../../evaluate/difference.ts";
import type { Headline, Measurement, Trade } from "../../evaluate/tasks/task.ts";
import type { ComparedTask } from "./comparison.ts";

export type Verdict = "better" | "worse" | "unclear" | "unknown";

/** How a verdict is called. */
export const verdictNames: Readonly<Record<Verdict, string>> = {
  better: "better",
  worse: "worse",
  unclear: "no clear difference",
  unknown: "can't be said",
};

/** All that a task measured of a model. */
export type Figures = readonly Measurement[];

/** One of a model's figures, among all of them. */
export interface Side {
  readonly one: Measurement;
  readonly all: Figures;
}

export interface Beside {
  /** The first less the second. */
  readonly difference: Difference;
  /** Of the first. */
  readonly verdict: Verdict;
  /** Why a clear difference says nothing: the worse one is a bound that may be loose, or the better one wrote dull texts. */
  readonly doubt?: "bound" | "dull";
}

/** The first side beside the second; both are of the same figure. */
export function beside(
  { figures, trade }: Pick<ComparedTask, "figures" | "trade">,
  mine: Side,
  theirs: Side,
): Beside {
  const docs = figures[mine.one.figure]!;
  const difference = comparing(docs)(mine.one, theirs.one);
  if (!difference.clear) return { difference, verdict: "unclear" };
  const isBetter = difference.value < 0 === (docs.better === "lower");
  const [winner, loser] = isBetter ? [mine, theirs] : [theirs, mine];
  if (loser.one.atMost && !winner.one.atMost)
    return { difference, verdict: "unknown", doubt: "bound" };
  if (isDull(winner, trade)) return { difference, verdict: "unknown", doubt: "dull" };
  return { difference, verdict: isBetter ? "better" : "worse" };
}

/** Whether texts of this quality are clearly less varied than real ones. */
export function isDull({ one, all }: Side, trade: Trade | undefined): boolean {
  if (trade === undefined || one.figure !== trade.quality) return false;
  const variety = all.find(({ figure, at }) => figure === trade.variety && at === one.at);
  const real = all.find(({ figure }) => figure === trade.realVariety);
  if (!variety || !real) return false;
  const { value, clear } = differenceOf(variety, real);
  return clear && value < 0;
}

/** The figures of both that a headline names, at the same place of the axis if both have one; undefined where there are none. */
export function sidesAt(
  { figure, at }: Headline,
  mine: Figures,
  theirs: Figures,
): readonly [Side, Side] | undefined {
  const named = (all: Figures): Figures => all.filter((one) => one.figure === figure);
  const pairs = named(mine).flatMap((a) =>
    named(theirs)
      .filter((b) => a.at === b.at || a.at === undefined || b.at === undefined)
      .map((b): readonly [Side, Side] => [
        { one: a, all: mine },
        { one: b, all: theirs },
      ]),
  );
  const place = ([a, b]: readonly [Side, Side]) => a.one.at ?? b.one.at;
  if (at !== "most") return pairs.find((pair) => place(pair) === at);
  return pairs.toSorted((a, b) => (place(a) ?? 0) - (place(b) ?? 0)).at(-1);
}
