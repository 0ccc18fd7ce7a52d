/**
 * A comparison as one table: a row for each figure, a column for each model.
 *
 * @module
 */
import type { Measurement } from "../../evaluate/tasks/task.ts";
import { measurementsOf, placesOf, rankedFigures } from "./comparison.ts";
import type { ComparedTask, Comparison } from "./comparison.ts";
import { figureText } from "./figure-text.ts";

/** One figure of all models, as text. */
export interface FigureRow {
  readonly label: string;
  /** In the models' order; undefined where there is none. */
  readonly cells: readonly (string | undefined)[];
  /** How many samples; several numbers if they differ. */
  readonly samples: string | undefined;
}

/** The rows of all tasks. */
export const figureRows = (comparison: Comparison): FigureRow[] =>
  comparison.tasks.flatMap((task) => taskRows(task, comparison));

function taskRows(task: ComparedTask, { models }: Comparison): FigureRow[] {
  const results = models.map(({ name }) => task.results.find(({ model }) => model === name));
  if (results.every((result) => result?.outcome.kind !== "measured")) {
    const cells = results.map((result) => (result ? "not applicable" : "not measured yet"));
    return [{ label: task.name, cells, samples: undefined }];
  }
  const all = results.flatMap((result) => measurementsOf(result));
  return rankedFigures(task).flatMap((figure) => {
    const docs = task.figures[figure]!;
    const place = shownPlace(all.filter((one) => one.figure === figure));
    const found = results.map((result) =>
      measurementsOf(result).find(
        (one) => one.figure === figure && (one.at === place || one.at === undefined),
      ),
    );
    if (found.every((one) => one === undefined)) return [];
    const cells = found.map((one, i) => {
      if (one) return figureText(docs, one);
      return results[i]?.outcome.kind === "inapplicable" ? "not applicable" : undefined;
    });
    const where = place === undefined ? "" : ` (${place} ${task.axis ?? ""})`;
    return [{ label: `${task.name}: ${docs.label}${where}`, cells, samples: sampleText(found) }];
  });
}

/** The greatest place of the axis: one row is enough here, the page has all. */
const shownPlace = (found: readonly Measurement[]): number | undefined => placesOf(found).at(-1);

function sampleText(found: readonly (Measurement | undefined)[]): string {
  const counts = new Set(found.flatMap((one) => (one ? [one.samples] : [])));
  return [...counts].toSorted((a, b) => a - b).join("/");
}
