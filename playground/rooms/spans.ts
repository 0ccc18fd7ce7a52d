/**
 * From chosen cells to the spans of characters that `/v1/edits` opens.
 *
 * @module
 */
import type { Cell } from "../board/cells.ts";

const written = ({ kind, text }: Cell): string => (kind === "end" || kind === "open" ? "" : text);

/** The text of cells. */
export const textOf = (cells: readonly Cell[]): string => cells.map(written).join("");

/**
 * The characters (code points) of the chosen cells, `[from, to before]`; neighbours are one span.
 *
 * @param chosen the places at which cells begin
 * @example
 * ```ts
 * // "Tom", " had", " a": the last two chosen
 * spansOf(cells, new Set([1, 2])); // [[3, 9]]
 * ```
 */
export function spansOf(
  cells: readonly Cell[],
  chosen: ReadonlySet<number>,
): (readonly [number, number])[] {
  const spans: (readonly [number, number])[] = [];
  let at = 0;
  for (const cell of cells) {
    const end = at + Array.from(written(cell)).length;
    if (chosen.has(cell.place) && end > at) {
      const last = spans.at(-1);
      if (last?.[1] === at) spans[spans.length - 1] = [last[0], end];
      else spans.push([at, end]);
    }
    at = end;
  }
  return spans;
}
