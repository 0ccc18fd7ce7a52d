/**
 * What `unmask compare` found: the content of `report.json`, from which the page and the tables are made.
 *
 * @module
 */
import type { Measurement, Missing, Outcome, Settings, Task } from "../../evaluate/tasks/task.ts";

/** A model, as far as a report tells of it. */
export interface ComparedModel {
  /** Short, and different from the others'. */
  readonly name: string;
  /** As it was asked for. */
  readonly path: string;
  readonly system: string;
  readonly summary: string;
  readonly paper: string;
  readonly rule: string;
  /** This and the next three are not known of a model behind a server. */
  readonly parameters?: number;
  /** Tokens of a canvas in training. */
  readonly length?: number;
  readonly vocabulary?: number;
  readonly tokenizer?: string;
  /** Names its tokens: the same for models with the same ones. */
  readonly tokens: string;
  /** Whether it has a likelihood of its own: it is autoregressive. */
  readonly exact: boolean;
}

/** A task's own words, without what it does. */
export type TaskDocs = Omit<Task, "measure" | "ask" | "recipes">;

/** What a task found out about one model. */
export interface Result {
  /** The model's name. */
  readonly model: string;
  readonly outcome: Outcome;
  /** What it took to find out. */
  readonly seconds: number;
  /** Command lines that find it out again. */
  readonly commands: readonly string[];
}

export interface ComparedTask extends TaskDocs {
  /** In the models' order; of those that are not measured yet there is none. */
  readonly results: readonly Result[];
}

export interface Comparison {
  /** Of this file's layout. */
  readonly format: 1;
  /** The command line that made it. */
  readonly command: string;
  /** The date on which it was made, and the machine. */
  readonly made: string;
  readonly machine: string;
  readonly finished: boolean;
  readonly settings: Settings & {
    readonly data: string;
    readonly judge: string | undefined;
    readonly device: string;
  };
  readonly models: readonly ComparedModel[];
  readonly tasks: readonly ComparedTask[];
}

/** The figures of a result, if it has any. */
export const measurementsOf = (result: Result | undefined): readonly Measurement[] =>
  result?.outcome.kind === "measured" ? result.outcome.measurements : [];

export const missingOf = (result: Result | undefined): readonly Missing[] =>
  result?.outcome.kind === "measured" ? result.outcome.missing : [];

/** Figures that rank models, in the order of the task's own words. */
export const rankedFigures = ({ figures }: TaskDocs): string[] =>
  Object.keys(figures).filter((name) => !figures[name]!.reference);

/** Places of the axis at which there are figures, ascending; undefined first, for those that have none. */
export function placesOf(measurements: readonly Measurement[]): (number | undefined)[] {
  const places = measurements.flatMap(({ at }) => (at === undefined ? [] : [at]));
  const own = measurements.some(({ at }) => at === undefined) ? [undefined] : [];
  return [...own, ...[...new Set(places)].toSorted((a, b) => a - b)];
}
