/**
 * What follows from the figures of a comparison, in plain sentences. A difference within two standard errors is no
 * difference, and an upper bound can't lose.
 *
 * @module
 */
import { comparing, differenceOf } from "../../evaluate/difference.ts";
import type { Difference } from "../../evaluate/difference.ts";
import type { Headline, Measurement, Trade } from "../../evaluate/tasks/task.ts";
import { measurementsOf } from "./comparison.ts";
import type { ComparedModel, ComparedTask, Comparison, Result } from "./comparison.ts";
import { differenceText, figureText, valueText } from "./figure-text.ts";

export type Verdict = "better" | "worse" | "unclear" | "unknown";

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

/** How a verdict is called. */
export const verdictNames: Readonly<Record<Verdict, string>> = {
  better: "better",
  worse: "worse",
  unclear: "no clear difference",
  unknown: "can't be said",
};

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
  const all = [mine, theirs].map((result) => measurementsOf(result)) as [Figures, Figures];
  const found = task.headlines.flatMap((headline) => pickBoth(all, headline));
  const pair = found.find(([{ figure }]) => sameTokens || !task.figures[figure]!.perToken);
  if (pair) {
    const [a, b] = pair;
    const said = compared(task, { ...a, model: mine.model }, { ...b, model: theirs.model });
    const dull = {
      better: () => isDull(a, all[0], task.trade),
      worse: () => isDull(b, all[1], task.trade),
      unclear: () => false,
      unknown: () => false,
    };
    return dull[said.verdict]() ? flattered(said.text) : said;
  }
  return found.length > 0
    ? otherTokens
    : { verdict: "unknown", text: reasonsOf(task, [mine, theirs]) };
}

type Figures = readonly Measurement[];

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

/** The measurements of both that a headline names: at the same place of the axis, if both have one. */
function pickBoth(
  [mine, theirs]: readonly [Figures, Figures],
  { figure, at }: Headline,
): (readonly [Measurement, Measurement])[] {
  const named = (all: Figures): Figures => all.filter((one) => one.figure === figure);
  const pairs = named(mine).flatMap((a) =>
    named(theirs)
      .filter((b) => a.at === b.at || a.at === undefined || b.at === undefined)
      .map((b) => [a, b] as const),
  );
  const place = ([a, b]: readonly [Measurement, Measurement]) => a.at ?? b.at;
  if (at !== "most") return pairs.filter((pair) => place(pair) === at).slice(0, 1);
  return pairs.toSorted((a, b) => (place(a) ?? 0) - (place(b) ?? 0)).slice(-1);
}

type Named = Measurement & { readonly model: string };

function compared(task: ComparedTask, mine: Named, theirs: Named): Said {
  const docs = task.figures[mine.figure]!;
  const difference = comparing(docs)(mine, theirs);
  const show = (one: Named): string => `${one.model} ${figureText(docs, one)}`;
  const place = mine.at === undefined || task.axis === undefined ? "" : `, ${mine.at} ${task.axis}`;
  const facts =
    `${show(mine)}, ${show(theirs)} ${docs.unit}${place}; ` +
    `${differenceText(docs, difference)}, ${basisText(difference)}.`;
  const verdict = winner(difference, docs.better === "lower", mine, theirs);
  if (verdict !== "bound") return { verdict, text: facts };
  return { verdict: "unknown", text: `${facts} An upper bound may be loose, and can't lose.` };
}

const basisText = ({ samples, paired }: Difference): string =>
  `n = ${samples}${paired ? ", on the same samples" : ""}`;

/** Who is clearly better; `bound` where the worse figure is only a bound of what it might be. */
function winner(
  { value, clear }: Difference,
  lower: boolean,
  mine: Measurement,
  theirs: Measurement,
): "better" | "worse" | "unclear" | "bound" {
  if (!clear) return "unclear";
  const better = value < 0 === lower;
  const loser = better ? theirs : mine;
  const rival = better ? mine : theirs;
  if (loser.atMost && !rival.atMost) return "bound";
  return better ? "better" : "worse";
}

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
  return isDull(fastest.quality, measurementsOf(mine), trade) ? flattered(text) : { verdict, text };
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

/** Whether texts of this quality are clearly less varied than real ones. */
function isDull(quality: Measurement, all: Figures, trade: Trade | undefined): boolean {
  if (trade === undefined || quality.figure !== trade.quality) return false;
  const variety = all.find(({ figure, at }) => figure === trade.variety && at === quality.at);
  const real = all.find(({ figure }) => figure === trade.realVariety);
  if (!variety || !real) return false;
  const { value, clear } = differenceOf(variety, real);
  return clear && value < 0;
}

const flattered = (text: string): Said => ({
  verdict: "unknown",
  text: `${text} But the texts of the one ahead are less varied than real text, which flatters them.`,
});
