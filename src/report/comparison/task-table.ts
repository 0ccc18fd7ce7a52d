/**
 * What a task found out about all models, as a table and as notes, before anybody lays it out.
 *
 * @module
 */
import type { Measurement } from "../../evaluate/tasks/task.ts";
import { measurementsOf, missingOf, placesOf, rankedFigures } from "./comparison.ts";
import type { ComparedTask, Comparison, Result } from "./comparison.ts";
import { figureText } from "./figure-text.ts";

/** A row for each model, and each place of the axis; a column for each figure. */
export interface TaskTable {
  /** Keys of the task's figures. */
  readonly figures: readonly string[];
  /** What the places are; undefined where there are none. */
  readonly axis: string | undefined;
  readonly rows: readonly {
    readonly model: string;
    /** The model's number among all. */
    readonly index: number;
    readonly place: string | undefined;
    /** One for each figure; undefined where there is none. */
    readonly cells: readonly (Measurement | undefined)[];
  }[];
}

/** The figures that rank models; undefined where there are none. */
export function taskTable(task: ComparedTask, { models }: Comparison): TaskTable | undefined {
  const found = (name: string): readonly Measurement[] =>
    measurementsOf(task.results.find(({ model }) => model === name));
  const all = models.flatMap(({ name }) => found(name));
  const figures = rankedFigures(task).filter((name) => all.some(({ figure }) => figure === name));
  if (figures.length === 0) return undefined;
  const hasAxis = all.some(({ at }) => at !== undefined);
  const rows = models.flatMap(({ name: model }, index) => {
    const own = found(model).filter(({ figure }) => figures.includes(figure));
    return placesOf(own).map((at) => ({
      model,
      index,
      place: hasAxis ? (at === undefined ? "its own" : String(at)) : undefined,
      cells: figures.map((figure) => own.find((one) => one.figure === figure && one.at === at)),
    }));
  });
  return { figures, axis: hasAxis ? (task.axis ?? "") : undefined, rows };
}

/** What the data itself gives, and what is missing and why. */
export function taskNotes(task: ComparedTask, { models }: Comparison): string[] {
  const references = Object.entries(task.figures).flatMap(([name, docs]) => {
    const one = task.results
      .flatMap((result) => measurementsOf(result))
      .find(({ figure }) => docs.reference && figure === name);
    return one ? [`${docs.label}: ${figureText(docs, one)} (n = ${one.samples}).`] : [];
  });
  const missing = models.flatMap(({ name }) => {
    const result = task.results.find(({ model }) => model === name);
    return reasonsOf(task, result).map((reason) => `${name}: ${reason}.`);
  });
  return [...references, ...missing];
}

/** Why a model has no figures, or not all of them. */
function reasonsOf(task: ComparedTask, result: Result | undefined): string[] {
  if (!result) return ["not measured yet"];
  if (result.outcome.kind === "inapplicable") return [`not applicable: ${result.outcome.reason}`];
  return missingOf(result).map(({ figure, at, reason }) => {
    const place = at === undefined ? "" : ` at ${at} ${task.axis ?? ""}`;
    return `no ${task.figures[figure]!.label}${place}: ${reason}`;
  });
}
