/**
 * Tables as aligned text: numbers to the right, everything else to the left, wide characters counted.
 *
 * @module
 */

import { formatNumber } from "./number-format.ts";
import { pad, widthOf } from "./wrap.ts";

export type Cell = string | number | undefined;

/**
 * Lines of a table. A column whose cells are all numbers (or texts that begin like one, "12.3k")
 * is right-aligned; `undefined` is shown as "-".
 *
 * @example
 * ```ts
 * renderTable(["model", "bits"], [["mdlm", 1.52], ["ar", 1.4]]);
 * // model   bits
 * // -----  -----
 * // mdlm   1.520
 * // ar     1.400
 * ```
 */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
): string[] {
  const columns = header.map((title, index) => {
    const cells = rows.map((row) => row[index]);
    const texts = cells.map(cellText);
    const width = Math.max(widthOf(title), ...texts.map(widthOf));
    const align = cells.every(isNumeric) && cells.some((cell) => cell !== undefined);
    return { title, texts, width, align: align ? ("right" as const) : ("left" as const) };
  });
  const line = (pick: (column: (typeof columns)[number]) => string): string =>
    columns
      .map((column) => pad(pick(column), column.width, column.align))
      .join("  ")
      .trimEnd();
  return [
    line((column) => column.title),
    line((column) => "-".repeat(column.width)),
    ...rows.map((_, row) => line((column) => column.texts[row]!)),
  ];
}

function cellText(cell: Cell): string {
  if (cell === undefined) return "-";
  return typeof cell === "number" ? formatNumber(cell) : cell;
}

function isNumeric(cell: Cell): boolean {
  return typeof cell !== "string" || /^[-+]?\.?\d/.test(cell) || cell === "-";
}
