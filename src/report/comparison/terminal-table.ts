/**
 * A comparison as one table and its verdict, for a terminal.
 *
 * @module
 */
import type { Measurement } from "../../evaluate/tasks/task.ts";
import { renderTable } from "../table.ts";
import { printable } from "../terminal.ts";
import { wrap } from "../wrap.ts";
import { measurementsOf, placesOf, rankedFigures } from "./comparison.ts";
import type { ComparedTask, Comparison } from "./comparison.ts";
import { figureText } from "./figure-text.ts";
import { verdictNames, verdictsOf } from "./verdict.ts";

/** Lines: a row for each figure, a column for each model; then what follows from them. */
export function comparisonLines(comparison: Comparison, columns: number): string[] {
  const names = comparison.models.map(({ name }) => printable(name));
  const rows = comparison.tasks.flatMap((task) => taskRows(task, comparison));
  const verdicts = verdictsOf(comparison).flatMap(({ summary, claims }) => [
    "",
    ...wrap(printable(summary), columns),
    ...claims.flatMap(({ title, verdict, text }) =>
      wrap(printable(`${title}: ${verdictNames[verdict]}. ${text}`), columns - 4).map(
        (line, i) => (i === 0 ? "  - " : "    ") + line,
      ),
    ),
  ]);
  return [...renderTable(["", ...names, "n"], rows), ...verdicts];
}

function taskRows(task: ComparedTask, { models }: Comparison): (string | undefined)[][] {
  const results = models.map(({ name }) => task.results.find(({ model }) => model === name));
  if (results.every((result) => result?.outcome.kind !== "measured")) {
    const cells = results.map((result) => (result ? "not applicable" : "not measured yet"));
    return [[task.name, ...cells, undefined]];
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
    return [[`${task.name}: ${docs.label}${where}`, ...cells, sampleText(found)]];
  });
}

/** The greatest place of the axis: one row is enough here, the page has all. */
const shownPlace = (found: readonly Measurement[]): number | undefined => placesOf(found).at(-1);

function sampleText(found: readonly (Measurement | undefined)[]): string {
  const counts = new Set(found.flatMap((one) => (one ? [one.samples] : [])));
  return [...counts].toSorted((a, b) => a - b).join("/");
}
