/**
 * Sudokus of 4 by 4: the 16 places of a puzzle row by row, 0 where it is empty, and the 16 digits of its solution.
 *
 * ```
 * 3102200002100320	3142243142131324
 * ```
 *
 * @module
 */
import type { PuzzleKind } from "./puzzle.ts";

export const sudoku: PuzzleKind = {
  line: "16 digits, a tab, and the 16 digits of a 4x4 sudoku",

  isPuzzle: ({ first, second }) => /^[0-4]{16}$/.test(first) && sudoku.solves(first, second),

  /** The clues are kept, and every row, column and box holds 1 to 4. */
  solves(question, answer) {
    if (!/^[1-4]{16}$/.test(answer)) return false;
    const keepsClues = Array.from(question).every((clue, i) => clue === "0" || clue === answer[i]);
    return keepsClues && groups.every((group) => new Set(group.map((i) => answer[i])).size === 4);
  },

  /** Of the empty places. */
  partsRight({ first, second }, answer) {
    const places = Array.from(first).flatMap((clue, i) => (clue === "0" ? [i] : []));
    if (places.length === 0) return 1;
    return places.filter((i) => answer[i] === second[i]).length / places.length;
  },
};

const four = [0, 1, 2, 3] as const;

/** The places of each row, column and box. */
const groups: readonly (readonly number[])[] = four.flatMap((one) => [
  four.map((i) => 4 * one + i),
  four.map((i) => 4 * i + one),
  four.map((i) => 8 * (one >> 1) + 2 * (one & 1) + 4 * (i >> 1) + (i & 1)),
]);
