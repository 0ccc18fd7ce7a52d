/** What is said of figures that were made up. */
import { expect, test } from "vitest";
import { inapplicable, meanOf, measured } from "../../evaluate/tasks/task.ts";
import type { Measurement, Outcome } from "../../evaluate/tasks/task.ts";
import { comparisonOf } from "../../testing/comparison.ts";
import type { Comparison } from "./comparison.ts";
import { comparisonLines } from "./terminal-table.ts";
import { verdictsOf } from "./verdict.ts";

/** Two models, `masked` beside `ar`, and what one task found out about each. */
const comparing = (
  task: string,
  masked: Outcome,
  ar: Outcome,
  [mine, theirs]: readonly [string, string] = ["a", "a"],
): Comparison =>
  comparisonOf(task, [
    { name: "masked", outcome: masked, tokens: mine },
    { name: "ar", outcome: ar, tokens: theirs, exact: true },
  ]);

const claimsOf = (task: string, masked: Outcome, ar: Outcome) =>
  verdictsOf(comparing(task, masked, ar))[0]!.claims;

const figure = (
  name: string,
  value: number,
  error: number,
  more: Partial<Measurement> = {},
): Measurement => ({ figure: name, value, error, samples: 16, ...more });

test("within two errors nobody wins; on the same samples less is enough", () => {
  const hole = (values: readonly number[], on: string) =>
    measured([meanOf("right", values, { at: 4, on })]);
  const [a, b] = [
    [0.2, 0.4, 0.6, 0.8],
    [0.1, 0.3, 0.5, 0.7],
  ] as const;
  const [apart] = claimsOf("infill", hole(a, "x"), hole(b, "y"));
  expect(apart!.verdict).toBe("unclear");
  expect(apart!.text).toMatch(
    /masked 50\.0 % ± 12\.9, ar 40\.0 % ± 12\.9 .*10\.0 ± 18\.3 points, n = 4\.$/,
  );
  const [paired] = claimsOf("infill", hole(a, "x"), hole(b, "x"));
  expect(paired!.verdict).toBe("better");
  expect(paired!.text).toMatch(/10\.0 ± 0\.0 points, n = 4, on the same samples\.$/);
  const [turned] = claimsOf("infill", hole(b, "x"), hole(a, "x"));
  expect(turned!.verdict).toBe("worse");
});

test("an upper bound can win, and can't lose", () => {
  const own = (value: number, atMost?: true) => measured([figure("own", value, 0.1, { atMost })]);
  const [loose] = claimsOf("likelihood", own(3, true), own(2));
  expect(loose!.verdict).toBe("unknown");
  expect(loose!.text).toMatch(/≤ 3 ± 0\.10, ar 2 ± 0\.10 .*An upper bound may be loose/);
  expect(claimsOf("likelihood", own(1, true), own(2))[0]!.verdict).toBe("better");
  // Where both have a likelihood, bounds don't matter.
  const exact = (value: number) =>
    measured([figure("own", 9, 0.1, { atMost: true }), figure("leftToRight", value, 0.1)]);
  expect(claimsOf("likelihood", exact(2.9), exact(2))[0]!.verdict).toBe("worse");
});

test("speed counts at a quality that is not clearly worse, and texts as varied as real ones", () => {
  const point = (at: number | undefined, perplexity: number, rate: number, entropy = 3) => [
    figure("perplexity", perplexity, 1, { at }),
    figure("tokensPerSecond", rate, 1, { at, samples: 3 }),
    figure("entropy", entropy, 0.05, { at }),
  ];
  const real = figure("realEntropy", 3, 0.05);
  const ar = measured([...point(undefined, 10, 100), real]);
  const trade = (...points: readonly Measurement[][]) =>
    claimsOf("writing", measured([...points.flat(), real]), ar)[1]!;
  const fast = trade(point(2, 90, 900), point(4, 11, 300), point(8, 10, 150));
  const [well] = claimsOf("writing", measured([...point(4, 40, 300), real]), ar);
  expect(well!.text).toMatch(
    /masked 40 ± 1\.0, ar 10 ± 1\.0 .*; 4\.000 ± 0\.41 times as much, n = 16/,
  );
  expect(fast.verdict).toBe("better");
  expect(fast.text).toMatch(
    /^masked in 4 steps: 11 .* at 300 tokens\/s; ar: .*: 3\.00 times the speed/,
  );
  expect(trade(point(8, 10, 50)).verdict).toBe("worse");
  const never = trade(point(2, 90, 900), point(4, 40, 300));
  expect(never.verdict).toBe("worse");
  expect(never.text).toMatch(/^At no measured pace does masked write as well; its best in 4 steps/);
  const dull = trade(point(4, 5, 300, 1.5));
  expect(dull.verdict).toBe("unknown");
  expect(dull.text).toMatch(/less varied than real text/);
  // Nor does a low perplexity alone win.
  const writes = (entropy: number) =>
    claimsOf("writing", measured([...point(4, 5, 300, entropy), real]), ar)[0]!;
  expect(writes(1.5)).toMatchObject({
    verdict: "unknown",
    text: expect.stringMatching(/less varied/),
  });
  expect(writes(3).verdict).toBe("better");
});

test("places of the axis agree; different tokens are not compared by figures that count them", () => {
  const cost = (...places: readonly number[]) =>
    measured(places.map((at) => figure("seconds", at, 0.1, { at })));
  const [shared] = claimsOf("long", cost(64, 128), cost(64, 128, 256));
  expect(shared!.text).toMatch(/masked 128 .*, ar 128 .*, 128 tokens;/);
  const [verdict] = verdictsOf(comparing("long", cost(64), cost(64), ["a", "b"]));
  expect(verdict!.claims[0]).toMatchObject({
    verdict: "unknown",
    text: expect.stringMatching(/different tokens/),
  });
  const whole = measured([figure("backward", 0.9, 0.1), figure("whole", 0.2, 0.1)]);
  const [pairs] = verdictsOf(comparing("reversal", whole, whole, ["a", "b"]));
  expect(pairs!.claims[0]!.text).toMatch(/of all A wholly right/);
});

test("what doesn't fit is told, once for both, and in the table", () => {
  const none = inapplicable("no puzzles");
  expect(claimsOf("puzzles", none, none)).toEqual([
    { task: "puzzles", title: "Solving puzzles", verdict: "unknown", text: "Both: no puzzles." },
  ]);
  const some = measured([figure("solved", 0.5, 0.1)]);
  expect(claimsOf("puzzles", some, none)[0]!.text).toBe("ar: no puzzles.");
  const lines = comparisonLines(comparing("puzzles", some, none), 80).join("\n");
  expect(lines).toMatch(/puzzles: puzzles solved +50\.0 % ± 10\.0 +not applicable +16\n/);
  expect(lines).toContain("masked beside ar: can't be said: Solving puzzles.");
});
