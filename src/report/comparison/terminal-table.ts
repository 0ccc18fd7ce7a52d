/**
 * A comparison as one table and its verdict, for a terminal.
 *
 * @module
 */
import { renderTable } from "../table.ts";
import { printable } from "../terminal.ts";
import { wrap } from "../wrap.ts";
import { verdictNames } from "./beside.ts";
import type { Comparison } from "./comparison.ts";
import { figureRows } from "./figure-rows.ts";
import { verdictsOf } from "./verdict.ts";

/** Lines: a row for each figure, a column for each model; then what follows from them. */
export function comparisonLines(comparison: Comparison, columns: number): string[] {
  const names = comparison.models.map(({ name }) => printable(name));
  const rows = figureRows(comparison).map(({ label, cells, samples }) => [
    label,
    ...cells,
    samples,
  ]);
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
