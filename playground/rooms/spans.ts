/**
 * From chosen cells to the spans of characters that an edit opens.
 *
 * @module
 */
import type { Span } from "../../src/sample/canvas.ts";
import type { Cell } from "../board/cells.ts";

const written = ({ kind, text }: Cell): string => (kind === "end" || kind === "open" ? "" : text);

/** The text of cells. */
export const textOf = (cells: readonly Cell[]): string => cells.map(written).join("");

/**
 * The characters (code points) of the chosen cells; neighbours are one span.
 *
 * @param chosen the places at which cells begin
 * @example
 * ```ts
 * // "Tom", " had", " a": the last two chosen
 * spansOf(cells, new Set([1, 2])); // [{ start: 3, end: 9 }]
 * ```
 */
export function spansOf(cells: readonly Cell[], chosen: ReadonlySet<number>): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (const cell of cells) {
    const end = start + Array.from(written(cell)).length;
    if (chosen.has(cell.place) && end > start) {
      const last = spans.at(-1);
      if (last?.end === start) spans[spans.length - 1] = { start: last.start, end };
      else spans.push({ start, end });
    }
    start = end;
  }
  return spans;
}
