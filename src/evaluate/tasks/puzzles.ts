/**
 * Puzzles: sudokus of 4 by 4, for models that trained on a text of them. A line is the 16 places of a
 * puzzle row by row, 0 where it is empty, a tab, and the 16 digits of its solution:
 *
 * ```
 * 3102200002100320	3142243142131324
 * ```
 *
 * @module
 */
import { fillAll } from "./fill.ts";
import { askSecond, othersFor, somePairs, unspelt } from "./pairs.ts";
import type { Pair } from "./pairs.ts";
import { comparing, inapplicable, meanOf, measured, nameOf } from "./task.ts";
import type { Task } from "./task.ts";

export const puzzlesTask: Task = {
  name: "puzzles",
  title: "Solving puzzles",
  question: "How many 4x4 sudokus does a model solve?",
  method:
    "For models that trained on a text of puzzles and solutions, and puzzles that were not among them. A puzzle is " +
    "solved if its clues are kept and every row, column and box holds 1 to 4.",
  figures: {
    solved: {
      label: "puzzles solved",
      unit: "of the puzzles solved",
      better: "higher",
      share: true,
    },
    cells: {
      label: "empty cells right",
      unit: "of the empty cells as in the solution",
      better: "higher",
      share: true,
    },
  },
  headlines: [{ figure: "solved" }],
  plots: [{ kind: "dots", title: "Solved (higher is better)", figures: ["solved", "cells"] }],

  async measure(contestant, situation) {
    const { pairs, samples, progress } = situation;
    const { tokenizer } = contestant;
    if ("none" in pairs || !pairs.list.every(isPuzzle))
      return inapplicable(
        "the data is not a text of 4x4 sudokus: lines of 16 digits, a tab, and 16 digits",
      );
    const asked = somePairs(pairs.list, samples);
    const strange = unspelt(asked, tokenizer);
    if (strange !== undefined)
      return inapplicable(`its vocabulary can't spell ${JSON.stringify(strange)}`);
    const quizzes = asked.map((pair, i) =>
      askSecond(pair, othersFor(pairs.list, pair, situation, contestant, i), contestant),
    );
    const filled = await fillAll(
      contestant,
      quizzes.map(({ canvas }) => canvas),
      situation,
      (done) => progress(done / asked.length),
    );
    const answers = filled.map((canvas, i) => {
      const { start, answer } = quizzes[i]!;
      return tokenizer.decode(canvas.subarray(start, start + answer.length));
    });
    const on = nameOf(asked.map(({ first }) => first));
    return measured([
      meanOf(
        "solved",
        answers.map((answer, i) => (solves(asked[i]!.first, answer) ? 1 : 0)),
        { on },
      ),
      meanOf(
        "cells",
        answers.map((answer, i) => cellsRight(asked[i]!, answer)),
        { on },
      ),
    ]);
  },

  recipes: comparing("puzzles"),
};

export const isPuzzle = ({ first, second }: Pair): boolean =>
  /^[0-4]{16}$/.test(first) && solves(first, second);

/** Whether an answer keeps a puzzle's clues, and holds 1 to 4 in every row, column and box. */
export function solves(puzzle: string, answer: string): boolean {
  if (!/^[1-4]{16}$/.test(answer)) return false;
  const keepsClues = Array.from(puzzle).every((clue, i) => clue === "0" || clue === answer[i]);
  return keepsClues && groups.every((group) => new Set(group.map((i) => answer[i])).size === 4);
}

const four = [0, 1, 2, 3] as const;

/** The places of each row, column and box. */
const groups: readonly (readonly number[])[] = four.flatMap((one) => [
  four.map((i) => 4 * one + i),
  four.map((i) => 4 * i + one),
  four.map((i) => 8 * (one >> 1) + 2 * (one & 1) + 4 * (i >> 1) + (i & 1)),
]);

function cellsRight({ first, second }: Pair, answer: string): number {
  const places = Array.from(first).flatMap((clue, i) => (clue === "0" ? [i] : []));
  if (places.length === 0) return 1;
  return places.filter((i) => answer[i] === second[i]).length / places.length;
}
