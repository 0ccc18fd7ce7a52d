/** Rows of a long text while it is written: whole, in order, and of the width that words turn out to have. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cellsOf } from "../playground/board/cells.ts";
import { haveMisjudged, rowAt, rowsOf, slotOf, widthOf } from "../playground/board/rows.ts";

const open = (places: number) => ({ text: "", places, decidedAt: -1, confidence: 0 });
const decided = (text: string) => ({ text, places: 1, decidedAt: 1, confidence: 1 });

describe("rows", () => {
  test("begin where the one before is full, and hold every place in order", () => {
    const cells = cellsOf([{ ...decided("Once upon"), places: 9, decidedAt: 0 }, open(20)]);
    const rows = rowsOf(cells, 12);
    expect(rows.slot).toBeCloseTo(2.6);
    // 4.5 em of text and two places of 2.6; then four to a row.
    expect(rows.starts).toEqual([0, 11, 15, 19, 23, 27]);
    expect(cells.map(({ place }) => rowAt(rows, place))).toEqual([
      0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5,
    ]);
  });

  test("end with a line break, and give a text that is wider than a row one of its own", () => {
    const cells = cellsOf([decided("a\n"), decided("b"), decided("x".repeat(99)), decided("c")]);
    expect(rowsOf(cells, 10).starts).toEqual([0, 1, 2, 3]);
  });

  test("of any text: rising, from the first place, in reach of every cell", () => {
    const stretch = fc.oneof(fc.integer({ min: 1, max: 9 }).map(open), fc.string().map(decided));
    fc.assert(
      fc.property(
        fc.array(stretch, { minLength: 1 }),
        fc.double({ min: 1, max: 80, noNaN: true }),
        (all, room) => {
          const cells = cellsOf(all);
          const rows = rowsOf(cells, room);
          const at = cells.map(({ place }) => rowAt(rows, place));
          expect(at[0]).toBe(0);
          expect(new Set(at).size).toBe(rows.starts.length);
          for (let i = 1; i < at.length; i++) expect(at[i]! - at[i - 1]!).toBeOneOf([0, 1]);
        },
      ),
    );
  });

  test("are made anew when words turn out otherwise", () => {
    const before = rowsOf(cellsOf([open(300)]), 40);
    const words = (text: string, count: number) => [
      ...Array.from({ length: count }, () => decided(text)),
      open(300 - count),
    ];
    expect(haveMisjudged(before, cellsOf(words(" fox", 100)))).toBe(false);
    expect(haveMisjudged(before, cellsOf(words("a", 100)))).toBe(true);
    expect(haveMisjudged(before, cellsOf(words(" 여우처럼", 100)))).toBe(true);
    // Two long words prove nothing.
    expect(haveMisjudged(before, cellsOf(words(" extraordinarily", 1)))).toBe(false);
    expect(slotOf([])).toBeCloseTo(1.3 * widthOf("four"));
    expect(widthOf("한글🧶")).toBe(3);
  });
});
