/**
 * Breaking lines, with the widths given: knows nothing of characters, so it costs nothing to import.
 *
 * @module
 */

/** Something with a width, to be laid out in lines; `text: "\n"` ends a line. */
export interface Piece {
  readonly text: string;
  readonly width: number;
}

/**
 * Breaks pieces into lines of at most `columns` cells, after spaces where there are any, and never
 * inside a piece: a wide character that does not fit goes to the next line whole.
 */
export function wrapPieces<T extends Piece>(items: readonly T[], columns: number): T[][] {
  // Two cells hold any character there is.
  const limit = Math.max(2, columns);
  const lines: T[][] = [];
  let line: T[] = [];
  let width = 0;
  let afterSpace = 0; // index in `line` where the current word begins
  const breakBefore = (index: number): void => {
    const rest = line.splice(index);
    lines.push(line);
    line = rest;
    width = rest.reduce((sum, piece) => sum + piece.width, 0);
    afterSpace = 0;
  };
  for (const item of items) {
    if (item.text === "\n") {
      line.push(item);
      breakBefore(line.length);
      continue;
    }
    // A space may hang over the edge: it is not seen there.
    if (width + item.width > limit && item.text !== " ") {
      breakBefore(afterSpace > 0 ? afterSpace : line.length);
      if (width + item.width > limit) breakBefore(line.length);
    }
    line.push(item);
    width += item.width;
    if (item.text === " ") afterSpace = line.length;
  }
  lines.push(line);
  return lines;
}

/** The text of a line without the spaces and the line break at its end. */
export function joinLine(line: readonly Piece[]): string {
  return line
    .map((piece) => piece.text)
    .join("")
    .replace(/[ \n]+$/, "");
}

/** Like `wrap` of `wrap.ts` for printable ASCII, where every character is one cell. */
export function wrapAscii(text: string, columns: number): string[] {
  const characters = Array.from(text, (one) => ({ text: one, width: 1 }));
  return wrapPieces(characters, columns).map(joinLine);
}
