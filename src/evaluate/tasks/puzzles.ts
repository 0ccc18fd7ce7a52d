/**
 * Puzzles, for models that trained on a text of them, each with a solution: `puzzles/` holds the kinds there are.
 *
 * @module
 */
import { fillAll } from "./fill.ts";
import { askSecond, othersFor, somePairs, unspelt } from "./pairs.ts";
import { puzzleKinds } from "./puzzles/index.ts";
import { comparing, inapplicable, meanOf, measured, nameOf } from "./task.ts";
import type { Task } from "./task.ts";

export const puzzlesTask: Task = {
  name: "puzzles",
  title: "Solving puzzles",
  question: "How many puzzles, 4x4 sudokus or countdowns, does a model solve?",
  method:
    "For models that trained on a text of puzzles and solutions, and puzzles that were not among them. Any answer counts that " +
    "follows the rules. Of a sudoku, the parts of an answer are the empty cells; of a countdown, its two sums.",
  figures: {
    solved: {
      label: "puzzles solved",
      unit: "of the puzzles solved",
      better: "higher",
      share: true,
    },
    parts: {
      label: "parts right",
      unit: "of the answers' parts right",
      better: "higher",
      share: true,
    },
  },
  headlines: [{ figure: "solved" }],
  plots: [{ kind: "dots", title: "Solved (higher is better)", figures: ["solved", "parts"] }],

  async measure(contestant, situation) {
    const { pairs, samples, progress } = situation;
    const { tokenizer } = contestant;
    const list = "none" in pairs ? [] : pairs.list;
    const kind = puzzleKinds.find(({ isPuzzle }) => list.length > 0 && list.every(isPuzzle));
    if (kind === undefined)
      return inapplicable(
        `the data is not a text of puzzles, all of one kind; a line is ${puzzleKinds.map(({ line }) => line).join("; or ")}`,
      );
    const asked = somePairs(list, samples);
    const strange = unspelt(asked, tokenizer);
    if (strange !== undefined)
      return inapplicable(`its vocabulary can't spell ${JSON.stringify(strange)}`);
    const quizzes = asked.map((pair, i) =>
      askSecond(pair, othersFor(list, pair, situation, contestant, i), contestant),
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
        answers.map((answer, i) => (kind.solves(asked[i]!.first, answer) ? 1 : 0)),
        { on },
      ),
      meanOf(
        "parts",
        answers.map((answer, i) => kind.partsRight(asked[i]!, answer)),
        { on },
      ),
    ]);
  },

  recipes: comparing("puzzles"),
};
