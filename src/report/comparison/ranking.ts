/**
 * Models in the order of a headline, and how far each is behind those ahead of it. Beside the baseline alone, nobody learns
 * whether the second is better than the third.
 *
 * @module
 */
import type { Headline } from "../../evaluate/tasks/task.ts";
import { beside, sidesAt } from "./beside.ts";
import type { Figures } from "./beside.ts";
import { measurementsOf } from "./comparison.ts";
import type { ComparedModel, ComparedTask, Comparison } from "./comparison.ts";
import { gapText } from "./figure-text.ts";

export interface Ranking {
  /** What they are ranked by: `bits/character, own score`. */
  readonly label: string;
  /** All but the last, best first: behind whom somebody may be. */
  readonly ahead: readonly string[];
  /** All but the first, best first, with a cell for each of `ahead`. */
  readonly rows: readonly { readonly model: string; readonly cells: readonly Cell[] }[];
}

/** A gap; `–` where the two can't be compared; nothing where the row's model is ahead. */
export type Cell = Gap | "–" | "";

/** How far one model is behind another. */
export interface Gap {
  /** `0.134 ± 0.008`; `≤ 0.32 ± 0.03` of a bound that may be loose. */
  readonly text: string;
  /** More than chance, and more than a loose bound or dull texts may feign. */
  readonly clear: boolean;
}

/** What marks in a cell mean. */
export const rankingNote =
  "Best first; how far each is behind those ahead of it. Bold is clear: more than two standard errors. " +
  "With ≤, an upper bound may be loose.";

/** A ranking for each headline that three models or more have. */
export function rankingsOf(task: ComparedTask, { models }: Comparison): Ranking[] {
  const all = models.map((model) => ({
    model,
    figures: measurementsOf(task.results.find((result) => result.model === model.name)),
  }));
  return task.headlines.flatMap((headline) => rankingBy(headline, task, all) ?? []);
}

interface Measured {
  readonly model: ComparedModel;
  readonly figures: Figures;
}

function rankingBy(
  headline: Headline,
  task: ComparedTask,
  all: readonly Measured[],
): Ranking | undefined {
  const docs = task.figures[headline.figure]!;
  const sign = docs.better === "lower" ? 1 : -1;
  const ranked = all
    .flatMap((one) => {
      const own = sidesAt(headline, one.figures, one.figures)?.[0].one;
      return own === undefined ? [] : [{ ...one, own }];
    })
    .toSorted((a, b) => sign * (a.own.value - b.own.value));
  if (ranked.length < 3) return undefined;
  const gap = (mine: Measured, theirs: Measured): Cell => {
    const pair = sidesAt(headline, mine.figures, theirs.figures);
    if (!pair || (docs.perToken && mine.model.tokens !== theirs.model.tokens)) return "–";
    const { difference, verdict, doubt } = beside(task, ...pair);
    const text = gapText(docs, difference);
    return {
      text: doubt === "bound" ? `≤ ${text}` : text,
      clear: verdict === "worse" || verdict === "better",
    };
  };
  return {
    label: docs.label + placeText(headline, task),
    ahead: ranked.slice(0, -1).map(({ model }) => model.name),
    rows: ranked.slice(1).map((mine, i) => ({
      model: mine.model.name,
      cells: ranked.slice(0, -1).map((theirs, place) => (place <= i ? gap(mine, theirs) : "")),
    })),
  };
}

/** `, 4 tokens in the hole`. */
function placeText({ at }: Headline, { axis = "" }: ComparedTask): string {
  if (at === undefined) return "";
  return at === "most" ? `, most ${axis}` : `, ${at} ${axis}`;
}
