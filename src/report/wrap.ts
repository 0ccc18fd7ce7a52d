/**
 * Text measured and broken in terminal cells: Korean, Chinese and emoji take two, combining marks none.
 *
 * @module
 */

import stringWidth from "string-width";
import { joinLine, wrapPieces } from "./line-break.ts";
import type { Piece } from "./line-break.ts";

/** Cells that a text takes on one line. ANSI sequences take none. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The characters of a text as a reader counts them, with their widths. */
export function pieces(text: string): Piece[] {
  // All of one cell: nothing to segment.
  if (/^[\n\u0020-\u007E]*$/.test(text))
    return Array.from(text, (one) => ({ text: one, width: 1 }));
  return Array.from(segmenter.segment(text), ({ segment }) =>
    segment === "\r\n" ? { text: "\n", width: 1 } : { text: segment, width: stringWidth(segment) },
  );
}

/**
 * A text in lines of at most `columns` cells.
 *
 * @example
 * ```ts
 * wrap("가나다라 ab", 5); // ["가나", "다라", "ab"]
 * ```
 */
export function wrap(text: string, columns: number): string[] {
  return wrapPieces(pieces(text), columns).map(joinLine);
}

/** Cuts a text at `columns` cells, with an ellipsis where something was lost. No ANSI inside. */
export function truncate(text: string, columns: number, ellipsis = "…"): string {
  if (widthOf(text) <= columns) return text;
  const room = columns - widthOf(ellipsis);
  if (room < 0) return "";
  let kept = "";
  let width = 0;
  for (const piece of pieces(text)) {
    if (width + piece.width > room) break;
    kept += piece.text;
    width += piece.width;
  }
  return kept + ellipsis;
}

/** Fills a text with spaces to `columns` cells. ANSI inside is allowed. */
export function pad(text: string, columns: number, align: "left" | "right" = "left"): string {
  const spaces = " ".repeat(Math.max(0, columns - widthOf(text)));
  return align === "left" ? text + spaces : spaces + text;
}
