import { expect, test } from "vitest";
import { inapplicable, meanOf, measured } from "../../evaluate/tasks/task.ts";
import type { Measurement } from "../../evaluate/tasks/task.ts";
import { comparisonOf } from "../../testing/comparison.ts";
import type { MadeUp } from "../../testing/comparison.ts";
import { findings } from "./findings.ts";
import { taskMarkdown } from "./markdown.ts";
import { rankingsOf } from "./ranking.ts";

/** Costs of the same four windows: each window is as much dearer for all, so differences have next to no error. */
const windows = (figure: string, more: number, jitter = 0): Measurement =>
  meanOf(
    figure,
    [2, 4, 6, 8].map((cost, i) => cost + more + jitter * (i % 2 ? 1 : -1)),
    { on: "windows" },
  );
const bound = (more: number, jitter = 0): Measurement => ({
  ...windows("own", more, jitter),
  atMost: true,
});
const exact = (more: number, jitter = 0): Measurement => windows("leftToRight", more, jitter);

const likelihoods: readonly MadeUp[] = [
  { name: "masked", outcome: measured([bound(1.5), exact(1)]) },
  { name: "ar", outcome: measured([windows("own", 0), exact(0)]), exact: true },
  { name: "blocks", outcome: measured([bound(1.25), exact(0.5)]) },
  { name: "scores", outcome: measured([bound(1.75, 1)]) },
];

test("best first, each beside all that are ahead of it; clear only what is more than chance and a loose bound", () => {
  const comparison = comparisonOf("likelihood", likelihoods);
  const [ordered, own] = rankingsOf(comparison.tasks[0]!, comparison);
  expect(ordered).toEqual({
    label: "bits/character, left to right",
    ahead: ["ar", "blocks"],
    rows: [
      { model: "blocks", cells: [{ text: "0.5000 ± 0", clear: true }, ""] },
      {
        model: "masked",
        cells: [
          { text: "1 ± 0", clear: true },
          { text: "0.5000 ± 0", clear: true },
        ],
      },
    ],
  });
  expect(own!.ahead).toEqual(["ar", "blocks", "masked"]);
  // Half a bit is within two errors of 0.58; a bound says nothing of how far behind a likelihood it is.
  expect(own!.rows[2]!.cells.slice(1)).toMatchObject([{ clear: false }, { clear: false }]);
  expect(own!.rows[1]!.cells).toEqual([
    { text: "≤ 1.500 ± 0", clear: false },
    { text: "0.2500 ± 0", clear: true },
    "",
  ]);
});

test("as Markdown and on the page what is clear is bold", () => {
  const comparison = comparisonOf("likelihood", likelihoods);
  const [task] = comparison.tasks;
  const lines = taskMarkdown(task!, comparison, undefined);
  expect(lines).toContain("| masked | **1 ± 0** | **0.5000 ± 0** |");
  expect(lines).toContain("| scores | ≤ 1.750 ± 0.58 | 0.5000 ± 0.58 | 0.2500 ± 0.58 |");
  expect(lines.filter((line) => line.startsWith("Best first"))).toHaveLength(1);
  const { markup } = findings(task!, comparison);
  expect(markup).toContain("<strong>0.5000 ± 0</strong>");
  expect(markup).toContain("behind blocks</th>");
});

test("texts by their ratio, shares in points; two alone have their verdict, and who wasn't asked has no place", () => {
  const perplexity = (value: number): Measurement => ({
    figure: "perplexity",
    value,
    error: 0.01 * value,
    samples: 16,
  });
  const rankings = (task: string, ...outcomes: MadeUp["outcome"][]) => {
    const all = outcomes.map((outcome, i) => ({ name: `model ${i}`, outcome }));
    const comparison = comparisonOf(task, all);
    return rankingsOf(comparison.tasks[0]!, comparison);
  };
  const texts = [10, 40, 20].map((value) => measured([perplexity(value)]));
  const [written] = rankings("writing", ...texts);
  expect(written!.label).toBe("perplexity under the judge, most steps");
  expect(written!.rows.at(-1)!.cells).toMatchObject([
    { text: "4.000 ± 0.057 times" },
    { text: "2 ± 0.028 times" },
  ]);
  const solved = [0.5, 0.75, 0.9].map((value) =>
    measured([{ figure: "solved", value, error: 0.1, samples: 16 }]),
  );
  const [puzzles] = rankings("puzzles", ...solved, inapplicable("no puzzles"));
  expect(puzzles!.ahead).toEqual(["model 2", "model 1"]);
  expect(puzzles!.rows.at(-1)!.cells).toEqual([
    { text: "40.0 ± 14.1 points", clear: true },
    { text: "25.0 ± 14.1 points", clear: false },
  ]);
  expect(rankings("puzzles", solved[0]!, solved[1]!, inapplicable("no puzzles"))).toEqual([]);
});

test("models with different tokens are not compared by what counts them", () => {
  const costs = measured([{ figure: "seconds", at: 8, value: 1, error: 0.1, samples: 3 }]);
  const all = ["a", "b", "b"].map((tokens, i) => ({ name: `model ${i}`, outcome: costs, tokens }));
  const comparison = comparisonOf("long", all);
  const [ranking] = rankingsOf(comparison.tasks[0]!, comparison);
  const cells = ranking!.rows.map((row) => row.cells);
  expect(cells).toEqual([
    ["–", ""],
    ["–", { text: expect.stringMatching(/\d/), clear: false }],
  ]);
});
