/**
 * What a task of `unmask compare` is: a question that is put to every model in the same way, and
 * answered with figures that carry their sample size and standard error.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { UsableModel } from "../../generate/model.ts";
import { meanAndError } from "../../objective/mean.ts";
import type { SystemKind } from "../../system/system.ts";
import type { Runtime } from "../../tensor/index.ts";
import type { TokenSource, Tokenizer } from "../../text/index.ts";
import type { Author } from "../author.ts";
import type { Judge } from "../judge.ts";
import type { Pairs } from "./pairs.ts";

/** A model as tasks use it. */
export interface Contestant extends UsableModel {
  readonly runtime: Runtime;
}

/** What is the same for all models. */
export interface Settings {
  /** Tokens of a canvas. */
  readonly length: number;
  /** Windows, texts, pairs: how many of each a figure stands on, at most. */
  readonly samples: number;
  /** Numbers of steps to write in, ascending. */
  readonly steps: readonly number[];
  /** Lengths to write, for what length costs, ascending. */
  readonly lengths: readonly number[];
  /** Canvases at a time. */
  readonly batch: number;
  readonly seed: number;
}

/** What a task is given beside a model. */
export interface Situation extends Settings {
  /** The text, in the model's tokens. */
  readonly tokens: TokenSource;
  /** The text as pairs, or why it isn't one of pairs. */
  readonly pairs: Pairs;
  /** Who reads what models write. */
  readonly judge: Judge | undefined;
  readonly signal: AbortSignal;
  /** Told how much is done, from 0 to 1. */
  readonly progress: (share: number) => void;
}

/** What a task is given beside a model of which only texts are seen: its tokens are not, so others count. */
export interface AskedSituation extends Situation {
  /** Whose tokens `tokens` are. */
  readonly tokenizer: Tokenizer;
}

/** What a figure means. */
export interface FigureDocs {
  /** In a table: "tokens right". */
  readonly label: string;
  /** In a sentence, where the label is not enough: "of the hole's tokens right". */
  readonly unit: string;
  readonly better: "higher" | "lower" | "neither";
  /** Shown as a percentage. */
  readonly share?: true;
  /** The exponential of a mean, as a perplexity is: two of them are compared by their ratio. */
  readonly exponential?: true;
  /** What the data or a naive method gives, to compare with; it ranks nobody. */
  readonly reference?: true;
  /** Depends on the machine. */
  readonly timed?: true;
  /** Counts the model's own tokens: models with different ones can't be compared by it. */
  readonly perToken?: true;
}

/** A measured figure. */
export interface Measurement {
  /** A key of the task's figures. */
  readonly figure: string;
  /** The number of steps, the length of a hole ...: see the task's `axis`. */
  readonly at?: number | undefined;
  readonly value: number;
  /** Standard error; 0 where there is only one sample. */
  readonly error: number;
  readonly samples: number;
  /** True where it is only an upper bound of what it names. */
  readonly atMost?: true | undefined;
  /** The figure of each sample, whose mean is `value`: for paired differences. */
  readonly each?: readonly number[] | undefined;
  /** Names what the samples were taken on; where two agree, sample i of both is of the same thing. */
  readonly on?: string | undefined;
}

/** A figure that a model has not. */
export interface Missing {
  readonly figure: string;
  readonly at?: number | undefined;
  readonly reason: string;
}

/** What a task found out about a model. */
export type Outcome =
  | {
      readonly kind: "measured";
      readonly measurements: readonly Measurement[];
      readonly missing: readonly Missing[];
    }
  /** It doesn't fit the model, or the data. */
  | { readonly kind: "inapplicable"; readonly reason: string };

/** A picture of a task's figures. */
export type Plot =
  /** A line for each model. */
  | {
      readonly kind: "lines";
      readonly title: string;
      /** A figure, or the task's axis. */
      readonly x: string;
      readonly y: string;
      readonly logX?: true;
      readonly logY?: true;
      /** A figure that is drawn as a rule across. */
      readonly reference?: string;
    }
  /** A point with its error for each model. */
  | { readonly kind: "dots"; readonly title: string; readonly figures: readonly string[] };

/** A figure by which two models are compared: the first that both have. */
export interface Headline {
  readonly figure: string;
  /** At which place of the axis; `most` is the model's last. Default: a figure that has none. */
  readonly at?: number | "most";
}

/** Figures of which one is had for another: writing fast, or well. */
export interface Trade {
  readonly quality: string;
  readonly speed: string;
  /** What must not fall below that of real text for the quality to count. */
  readonly variety: string;
  readonly realVariety: string;
}

/** A command line that measures something again, without the model. */
export interface Recipe {
  readonly verb: "evaluate" | "compare";
  /** Flags beside the model, the data and the machine. */
  readonly flags: Readonly<Record<string, string | number>>;
  /** Which of these it takes. */
  readonly needs: readonly ("data" | "judge")[];
  /** The figure that it gives, where it gives one alone; without the figure there is no command. */
  readonly gives?: Pick<Measurement, "figure" | "at">;
}

/** A task: a file of its own, and a line in the table. */
export interface Task {
  readonly name: string;
  /** A heading: "Filling a hole". */
  readonly title: string;
  /** What somebody wants to know. */
  readonly question: string;
  /** How it is found out, and what to mind. */
  readonly method: string;
  readonly figures: Readonly<Record<string, FigureDocs>>;
  /** What `at` counts, where figures have one. */
  readonly axis?: string;
  readonly headlines: readonly Headline[];
  readonly trade?: Trade;
  readonly plots: readonly Plot[];
  measure(contestant: Contestant, situation: Situation): Promise<Outcome>;
  /** The same of a model of which only texts are seen; absent where that is not enough. */
  ask?(author: Author, situation: AskedSituation): Promise<Outcome>;
  /** Commands that give the same figures. */
  recipes(settings: Settings, kind: SystemKind): readonly Recipe[];
}

/** Figures that were found, and those that were not. */
export const measured = (
  measurements: readonly Measurement[],
  missing: readonly Missing[] = [],
): Outcome => ({ kind: "measured", measurements, missing });

/** A task that doesn't fit. */
export const inapplicable = (reason: string): Outcome => ({ kind: "inapplicable", reason });

/** A figure that is the mean of its samples. */
export function meanOf(
  figure: string,
  each: readonly number[],
  { at, on }: { readonly at?: number; readonly on?: string } = {},
): Measurement {
  const { mean: value, standardError: error } = meanAndError(each);
  return { figure, at, value, error, samples: each.length, each, on };
}

/** A name for texts, under which figures on the same ones are found to belong together. */
export const nameOf = (texts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 16);

/** The command that repeats a task which only `compare` measures. */
export const comparing =
  (name: string): ((settings: Settings) => readonly Recipe[]) =>
  ({ length, samples, batch, seed }) => [
    { verb: "compare", flags: { tasks: name, length, samples, batch, seed }, needs: ["data"] },
  ];
