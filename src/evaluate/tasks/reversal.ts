/**
 * Reversal: a model that has learned "A then B" is asked for A, given B ("the reversal curse", Berglund
 * et al. 2023; with poems, Nie et al. 2025, section 3.3).
 *
 * @module
 */
import { fillAll, shareRight } from "./fill.ts";
import { askFirst, askSecond, othersFor, somePairs, unspelt } from "./pairs.ts";
import type { Pair, Quiz } from "./pairs.ts";
import { comparing, inapplicable, meanOf, measured, nameOf } from "./task.ts";
import type { Task } from "./task.ts";

export const reversalTask: Task = {
  name: "reversal",
  title: "Answering backwards",
  question: 'Does a model that has read "A then B" know A when it is told B?',
  method:
    "For pairs that the models trained on: a text of lines, A and B with a tab between them. A diffusion model fills A " +
    "in before B. An autoregressive model can only be told B first, and continue. Asked in the order of its training, " +
    "B after A, it shows what it has learned. Other pairs stand before the question, as in training.",
  figures: {
    backward: {
      label: "A, given B: tokens right",
      unit: "of A's tokens right, given B",
      better: "higher",
      share: true,
      perToken: true,
    },
    forward: {
      label: "B, given A: tokens right",
      unit: "of B's tokens right, given A",
      better: "higher",
      share: true,
      perToken: true,
    },
    whole: {
      label: "A, given B: whole",
      unit: "of all A wholly right",
      better: "higher",
      share: true,
    },
  },
  headlines: [{ figure: "backward" }, { figure: "whole" }],
  plots: [
    { kind: "dots", title: "Right (higher is better)", figures: ["forward", "backward", "whole"] },
  ],

  async measure(contestant, situation) {
    const { pairs, samples, progress } = situation;
    if ("none" in pairs) return inapplicable(`the data is not a text of pairs: ${pairs.none}`);
    const asked = somePairs(pairs.list, samples);
    const strange = unspelt(asked, contestant.tokenizer);
    if (strange !== undefined)
      return inapplicable(`its vocabulary can't spell ${JSON.stringify(strange)}`);
    const on = nameOf(asked.map(({ first, second }) => `${first}\t${second}`));
    const ask = async (question: typeof askFirst, from: number): Promise<number[]> => {
      const quizzes = asked.map((pair: Pair, i): Quiz =>
        question(pair, othersFor(pairs.list, pair, situation, contestant, i), contestant),
      );
      const filled = await fillAll(
        contestant,
        quizzes.map(({ canvas }) => canvas),
        situation,
        (done) => progress(from + done / asked.length / 2),
      );
      return filled.map((canvas, i) => shareRight(canvas, quizzes[i]!.start, quizzes[i]!.answer));
    };
    const forward = await ask(askSecond, 0);
    const backward = await ask(askFirst, 0.5);
    const whole = backward.map((share) => (share === 1 ? 1 : 0));
    return measured(
      Object.entries({ backward, forward, whole }).map(([figure, each]) =>
        meanOf(figure, each, { on }),
      ),
    );
  },

  recipes: comparing("reversal"),
};
