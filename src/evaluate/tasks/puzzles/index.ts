/**
 * The kinds of puzzles that the task `puzzles` knows.
 *
 * @module
 */
import { countdown } from "./countdown.ts";
import type { PuzzleKind } from "./puzzle.ts";
import { sudoku } from "./sudoku.ts";

export const puzzleKinds: readonly PuzzleKind[] = [sudoku, countdown];
