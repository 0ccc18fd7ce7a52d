/**
 * Rows for a long text while it is being written.
 *
 * Nobody knows yet how wide its words will be. In one paragraph each decision would move all that follows; in rows that are
 * laid out each for itself, it moves what stands behind it in its row. An open place keeps about as much room as a word
 * will need, so few rows ever need a second line.
 *
 * @module
 */
import type { Cell } from "./cells.ts";

/** Where rows begin, and the room of an open place in em. */
export interface Rows {
  /** The first place of each row, rising. */
  readonly starts: readonly number[];
  readonly slot: number;
}

/** Cells below which a browser lays out one paragraph fast enough. */
export const fewCells = 256;

/** The room of a word that nobody knows: four letters. */
const usual = 4;
/** Em of a letter; wide ones take two. */
const letter = 0.5;
/** A row of words that are longer than the mean shall still fit. */
const spare = 1.3;

const isWide = /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]/;

/** About how wide a text is, in em. */
export function widthOf(text: string): number {
  let letters = 0;
  for (const one of text) letters += one.length > 1 || isWide.test(one) ? 2 : 1;
  return letters * letter;
}

/** The room that an open place should have, by what was decided so far. */
export function slotOf(cells: readonly Cell[]): number {
  const decided = cells.filter(({ kind }) => kind === "decided");
  const places = decided.reduce((sum, cell) => sum + cell.places, 0);
  const width = decided.reduce((sum, { text }) => sum + widthOf(text), 0);
  // What is known of a few words says little: the usual ones are counted in.
  return (spare * (width + 8 * usual * letter)) / (places + 8);
}

/** @param room of a row, in em */
export function rowsOf(cells: readonly Cell[], room: number): Rows {
  const slot = slotOf(cells);
  const starts: number[] = [];
  let left = 0;
  for (const { place, kind, text } of cells) {
    const width = kind === "open" ? slot : widthOf(text);
    if (starts.length === 0 || width > left) {
      starts.push(place);
      left = room;
    }
    left = text.includes("\n") ? 0 : left - width;
  }
  return { starts, slot };
}

/** The row that a place stands in. */
export function rowAt({ starts }: Rows, place: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= place) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** Whether words have turned out so much wider or narrower that other rows are needed. */
export function haveMisjudged({ slot }: Rows, cells: readonly Cell[]): boolean {
  const ratio = slotOf(cells) / slot;
  return ratio > 1.5 || ratio < 1 / 1.5;
}
