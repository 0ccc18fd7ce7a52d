/**
 * What follows from the figures of a comparison, in plain sentences. A difference within two standard errors is no
 * difference, and an upper bound can't lose.
 *
 * @module
 */
import { comparing, differenceOf } from "../../evaluate/difference.ts";
import type { Difference } from "../../evaluate/difference.ts";
import type { Measurement, Trade } from "../../evaluate/tasks/task.ts";
import { beside, isDull, sidesAt, verdictNames } from "./beside.ts";
import type { Figures, Side, Verdict } from "./beside.ts";
import { measurementsOf } from "./comparison.ts";
import type { ComparedModel, ComparedTask, Comparison, Result } from "./comparison.ts";
import { differenceText, figureText, valueText } from "./figure-text.ts";

/** What is said of one model beside the baseline, on one question. */
export interface Claim {
  readonly task: string;
  readonly title: string;
  readonly verdict: Verdict;
  /** What the verdict rests on, as a sentence. */
  readonly text: string;
}

/** All that is said of one model. */
export interface ModelVerdict {
  readonly model: string;
  readonly baseline: string;
  readonly summary: string;
  readonly claims: readonly Claim[];
}

/** The model that the others are set beside: the first autoregressive one, or the first. */
export const baselineOf = ({ models }: Pick<Comparison, "models">): ComparedModel =>
  models.find(({ exact }) => exact) ?? models[0]!;

/** Every other model beside the baseline. */
export function verdictsOf(comparison: Comparison): ModelVerdict[] {
  const baseline = baselineOf(comparison);
  const others = comparison.models.filter((model) => model !== baseline);
  return others.map((model) => {
    const claims = comparison.tasks.flatMap((task) => claimsOf(task, model, baseline));
    const names = { model: model.name, baseline: baseline.name };
    return { ...names, claims, summary: summaryOf(model.name, baseline.name, claims) };
  });
}

function summaryOf(model: string, baseline: string, claims: readonly Claim[]): string {
  const parts = (["better", "worse", "unclear", "unknown"] as const).flatMap((verdict) => {
    const titles = claims.filter((claim) => claim.verdict === verdict).map(({ title }) => title);
    return titles.length === 0 ? [] : [`${verdictNames[verdict]}: ${titles.join(", ")}`];
  });
  return parts.length === 0
    ? `${model} beside ${baseline}: nothing was measured yet.`
    : `${model} beside ${baseline}: ${parts.join("; ")}.`;
}

function claimsOf(task: ComparedTask, model: ComparedModel, baseline: ComparedModel): Claim[] {
  const [mine, theirs] = [model, baseline].map(({ name }) =>
    task.results.find((result) => result.model === name),
  );
  // Not measured yet.
  if (mine === undefined || theirs === undefined) return [];
  const claim = { task: task.name, title: task.title };
  const sides = { task, mine, theirs, sameTokens: model.tokens === baseline.tokens };
  const trade = task.trade ? tradeClaim(sides, task.trade) : undefined;
  return [
    { ...claim, ...headlineClaim(sides) },
    ...(trade ? [{ ...claim, title: "Writing fast, as well as the other", ...trade }] : []),
  ];
}

interface Sides {
  readonly task: ComparedTask;
  readonly mine: Result;
  readonly theirs: Result;
  /** Whether what counts tokens means the same for both. */
  readonly sameTokens: boolean;
}

const otherTokens: Said = {
  verdict: "unknown",
  text: "The two have different tokens, and this counts tokens.",
};

type Said = Pick<Claim, "verdict" | "text">;

function headlineClaim({ task, mine, theirs, sameTokens }: Sides): Said {
  const [own, other] = [measurementsOf(mine), measurementsOf(theirs)];
  const found = task.headlines
    .map((headline) => sidesAt(headline, own, other))
    .filter((pair) => pair !== undefined);
  const pair = found.find(([{ one }]) => sameTokens || !task.figures[one.figure]!.perToken);
  if (pair) return compared(task, named(pair[0], mine), named(pair[1], theirs));
  return found.length > 0
    ? otherTokens
    : { verdict: "unknown", text: reasonsOf(task, [mine, theirs]) };
}

/** Why results have no figure to compare by; a reason that both have is told once. */
function reasonsOf({ headlines }: ComparedTask, results: readonly Result[]): string {
  const models = new Map<string, string[]>();
  for (const { model, outcome } of results) {
    const reasons =
      outcome.kind === "inapplicable"
        ? [outcome.reason]
        : outcome.missing
            .filter(({ figure }) => headlines.some((headline) => headline.figure === figure))
            .map(({ reason }) => reason);
    for (const reason of reasons) models.set(reason, [...(models.get(reason) ?? []), model]);
  }
  return Array.from(models, ([reason, names]) => {
    const everyone = new Set(names).size === results.length;
    return `${everyone ? "Both" : names[0]}: ${reason}.`;
  }).join(" ");
}

interface NamedSide extends Side {
  readonly model: string;
}

const named = (side: Side, { model }: Result): NamedSide => ({ ...side, model });

function compared(task: ComparedTask, mine: NamedSide, theirs: NamedSide): Said {
  const { one } = mine;
  const docs = task.figures[one.figure]!;
  const { difference, verdict, doubt } = beside(task, mine, theirs);
  const show = (side: NamedSide): string => `${side.model} ${figureText(docs, side.one)}`;
  const place = one.at === undefined || task.axis === undefined ? "" : `, ${one.at} ${task.axis}`;
  const facts =
    `${show(mine)}, ${show(theirs)} ${docs.unit}${place}; ` +
    `${differenceText(docs, difference)}, ${basisText(difference)}.`;
  return { verdict, text: doubt === undefined ? facts : `${facts} ${doubts[doubt]}` };
}

const doubts = {
  bound: "An upper bound may be loose, and can't lose.",
  dull: "But the texts of the one ahead are less varied than real text, which flatters them.",
} as const;

const basisText = ({ samples, paired }: Difference): string =>
  `n = ${samples}${paired ? ", on the same samples" : ""}`;

/** Whether a model writes as well as the baseline in less time, at any of its numbers of steps. */
function tradeClaim({ task, mine, theirs, sameTokens }: Sides, trade: Trade): Said | undefined {
  const points = (result: Result): Point[] => pointsOf(measurementsOf(result), trade);
  const rival = points(theirs).toSorted((a, b) => a.quality.value - b.quality.value)[0];
  const own = points(mine);
  if (!rival || own.length === 0) return undefined;
  if (!sameTokens && task.figures[trade.speed]!.perToken) return otherTokens;
  const docs = task.figures[trade.quality]!;
  const asGood = own.filter(({ quality }) => {
    const { value, clear } = comparing(docs)(quality, rival.quality);
    return !clear || value < 0 === (docs.better === "lower");
  });
  const describe = ({ quality, speed }: Point): string =>
    `${figureText(docs, quality)} ${docs.unit} at ` +
    `${valueText(task.figures[trade.speed]!, speed)} ${task.figures[trade.speed]!.unit}`;
  const pace = ({ quality }: Point): string =>
    quality.at === undefined ? "" : ` in ${quality.at} ${task.axis ?? ""}`.trimEnd();
  const their = `${theirs.model}${pace(rival)}: ${describe(rival)}`;
  if (asGood.length === 0) {
    const best = own.toSorted((a, b) => a.quality.value - b.quality.value)[0]!;
    return {
      verdict: "worse",
      text: `At no measured pace does ${mine.model} write as well; its best${pace(best)}: ${describe(best)}; ${their}.`,
    };
  }
  const fastest = asGood.toSorted((a, b) => b.speed.value - a.speed.value)[0]!;
  const difference = differenceOf(fastest.speed, rival.speed);
  const times = (fastest.speed.value / rival.speed.value).toFixed(2);
  const verdict = difference.clear ? (difference.value > 0 ? "better" : "worse") : "unclear";
  const text =
    `${mine.model}${pace(fastest)}: ${describe(fastest)}; ${their}: ` +
    `${times} times the speed, and not clearly worse, n = ${difference.samples} timed texts.`;
  return isDull({ one: fastest.quality, all: measurementsOf(mine) }, trade)
    ? { verdict: "unknown", text: `${text} ${doubts.dull}` }
    : { verdict, text };
}

interface Point {
  readonly quality: Measurement;
  readonly speed: Measurement;
}

function pointsOf(all: Figures, { quality, speed }: Trade): Point[] {
  return all.flatMap((one) => {
    if (one.figure !== quality) return [];
    const rate = all.find(({ figure, at }) => figure === speed && at === one.at);
    return rate ? [{ quality: one, speed: rate }] : [];
  });
}
