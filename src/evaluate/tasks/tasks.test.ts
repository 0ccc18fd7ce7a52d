/** Tasks on models whose answers are known, so that every figure is. */
import { expect, test } from "vitest";
import { sizeOf, transformerConfig } from "../../model/sizes.ts";
import type { Denoiser, PredictRequest } from "../../sample/denoiser.ts";
import { systemOf } from "../../system/index.ts";
import { referenceRuntime } from "../../tensor/runtime/reference.ts";
import { scriptedDenoiser } from "../../testing/denoisers.ts";
import { documentsOf, memoryTokens, tokenizers } from "../../text/index.ts";
import { tasks } from "./index.ts";
import { readPairs } from "./pairs.ts";
import type { Pairs } from "./pairs.ts";
import { countdown } from "./puzzles/countdown.ts";
import { sudoku } from "./puzzles/sudoku.ts";
import type { Contestant, Outcome, Situation } from "./task.ts";

const tokenizer = await tokenizers["byte"]!.train([]);
const { encode, decode, endId, maskId, size: vocabulary } = tokenizer;

type Script = (place: number, request: PredictRequest) => number;

/** A model that is sure of what a function of place and canvas says. */
function contestant(system: string, script: Script): Contestant {
  const kind = systemOf(system);
  const { name, options } = kind;
  const transformer = transformerConfig(sizeOf("nano"), { vocabulary, ...kind });
  const answer = (place: number, request: PredictRequest): Float64Array => {
    const weights = new Float64Array(vocabulary);
    weights[script(place, request)] = 1;
    return weights;
  };
  const denoiser = (): Denoiser => scriptedDenoiser({ vocabulary, maskId, script: answer });
  return {
    name: system,
    approximate: false,
    config: { system: name, options, length: 24, transformer },
    weights: {},
    tokenizer,
    kind,
    runtime: referenceRuntime(),
    denoiser,
  };
}

const situation = (text: string, pairs: Pairs = { none: "it is prose" }): Situation => ({
  length: 8,
  samples: 4,
  steps: [4],
  lengths: [8],
  batch: 3,
  seed: 0,
  tokens: memoryTokens(encode(text)),
  pairs,
  judge: undefined,
  signal: new AbortController().signal,
  progress: () => {},
});

/** `right at 4` -> value. */
function valuesOf(outcome: Outcome): Record<string, number> {
  if (outcome.kind === "inapplicable") throw new Error(outcome.reason);
  return Object.fromEntries(
    outcome.measurements.map(({ figure, at, value }) => [
      at === undefined ? figure : `${figure} at ${at}`,
      value,
    ]),
  );
}

const pairsOf = (text: string): Promise<Pairs> =>
  readPairs(
    (async function* () {
      yield* documentsOf([text]);
    })(),
  );

// Every window of 8 is this one.
const window = encode("abcdefgh");
const prose = situation("abcdefgh".repeat(4));

test("infill: both sides for models that see both, the left for those that continue", async () => {
  const lengths = new Set<number>();
  // Only where the whole window is in view does it know what is missing.
  const script: Script = (place, { canvas }) => {
    lengths.add(canvas.length);
    return canvas.length === 8 ? window[place]! : window[0]!;
  };
  expect(valuesOf(await tasks["infill"]!.measure(contestant("mdlm", script), prose))).toEqual({
    "right at 1": 1,
    "right at 4": 1,
    "leftOnly at 1": 0,
    "leftOnly at 4": 0,
    commonest: 1 / 8,
  });
  // Holes of 1 and 4 in the middle end before places 4 and 6.
  expect(lengths).toEqual(new Set([8, 4, 6]));
  lengths.clear();
  const ar = contestant("autoregressive", script);
  const left = valuesOf(await tasks["infill"]!.measure(ar, prose));
  expect(left).toEqual({ "right at 1": 0, "right at 4": 0, commonest: 1 / 8 });
  expect(lengths).toEqual(new Set([4, 6]));
});

test("correction: who knows the text restores it, who would write anything harms it", async () => {
  const task = tasks["correction"]!;
  const figures = async (system: string, script: Script) =>
    valuesOf(await task.measure(contestant(system, script), prose));
  const told = { left: 0, found: 1, restored: 1, damaged: 0 };
  const alone = { leftAlone: 0, restoredAlone: 1, damagedAlone: 0 };
  const perfect = Object.fromEntries(
    Object.entries({ ...told, ...alone }).flatMap(([figure, value]) =>
      [5, 10, 20].map((at) => [`${figure} at ${at}`, value]),
    ),
  );
  for (const system of ["mdlm", "autoregressive"])
    expect(await figures(system, (place) => window[place]!)).toEqual(perfect);
  // It doubts everything but z, of which there is none: the first place is opened, and ruined. Of its own accord it
  // ruins all places.
  const wild = await figures("mdlm", () => encode("z")[0]!);
  expect(wild["restored at 10"]).toBe(0);
  expect(wild["left at 10"]).toBe(1 + wild["damaged at 10"]! * 7);
  expect(wild).toMatchObject({ "leftAlone at 10": 8, "damagedAlone at 10": 1 });
  // One that only continues ruins what stands behind the first place that it doubts: here all.
  expect(await figures("autoregressive", () => encode("z")[0]!)).toMatchObject({
    "restoredAlone at 10": 0,
    "leftAlone at 10": 8,
  });
  const one = await task.measure(
    contestant("mdlm", (place) => window[place]!),
    situation("aaaaaaaa"),
  );
  expect(one).toMatchObject({ kind: "inapplicable" });
});

test("planted: an error stays where nothing is rewritten, and goes where a rule edits", async () => {
  const task = tasks["planted"]!;
  const knowing = (system: string) => contestant(system, (place) => window[place]!);
  const masked = await task.measure(knowing("mdlm"), prose);
  expect(valuesOf(masked)).toMatchObject({ ownGone: 0, jointGone: 1, planningGone: 0 });
  expect(masked).toMatchObject({
    missing: ["own", "remask", "loop", "planning", "joint"].map((figure) => ({ figure })),
  });
  const causal = await task.measure(knowing("autoregressive"), prose);
  expect(valuesOf(causal)).toEqual({ ownGone: 0 });
  // What redraws everything writes what it knows in the last step.
  const redrawing = valuesOf(await task.measure(knowing("udlm"), prose));
  expect(redrawing).toMatchObject({ correctGone: 1, renoiseGone: 1 });
});

test("reversal: a model that only continues is told B first", async () => {
  const pairs = await pairsOf("ab\tcd\nef\tgh\n");
  const partner: Readonly<Record<string, string>> = { ab: "cd", ef: "gh", cd: "ab", gh: "ef" };
  // Reads what stands before the last tab; if that is open, what stands behind it. The last place of a canvas is for an end.
  const script =
    (backwards: boolean): Script =>
    (place, { canvas }) => {
      const tab = canvas.lastIndexOf(encode("\t")[0]!);
      if (place > tab && place === canvas.length - 1) return endId;
      const asked = place < tab ? canvas.slice(tab + 1, tab + 3) : canvas.slice(tab - 2, tab);
      const from = place < tab ? tab - 2 : tab + 1;
      const known = decode(asked);
      const answer = backwards || known < "c" || known === "ef" ? partner[known] : undefined;
      return encode(answer ?? "zz")[place - from] ?? 0;
    };
  const task = tasks["reversal"]!;
  const both = await task.measure(contestant("mdlm", script(true)), situation("", pairs));
  expect(valuesOf(both)).toEqual({ forward: 1, backward: 1, whole: 1 });
  const cursed = contestant("autoregressive", script(false));
  const one = await task.measure(cursed, situation("", pairs));
  expect(valuesOf(one)).toEqual({ forward: 1, backward: 0, whole: 0 });
  expect(await task.measure(cursed, prose)).toEqual({
    kind: "inapplicable",
    reason: "the data is not a text of pairs: it is prose",
  });
});

test("pairs are lines with one tab, and the first that is none says so", async () => {
  expect(await pairsOf("가\t나\r\n\nc\td")).toEqual({
    list: [
      { first: "가", second: "나" },
      { first: "c", second: "d" },
    ],
  });
  for (const text of ["a\tb\nno tab", "a\tb\nx\ty\tz", "a\tb\n\tz"])
    expect(await pairsOf(text)).toMatchObject({ none: expect.stringMatching(/line 2 is none$/) });
});

test("puzzles: a solved sudoku keeps the clues, and has each digit in every row, column and box", async () => {
  const { solves } = sudoku;
  const [puzzle, solution] = ["3102200002100320", "3142243142131324"] as const;
  expect(solves(puzzle, solution)).toBe(true);
  // Another grid; rows and columns without the boxes; too short.
  for (const wrong of ["1234341221434321", "1234234134124123", "3142"])
    expect(solves(puzzle, wrong)).toBe(false);
  expect(solves("0".repeat(16), "1234234134124123")).toBe(false);
  expect(solves("0".repeat(16), "1234341221434321")).toBe(true);

  const pairs = await pairsOf(`${puzzle}\t${solution}\n`);
  const start = 17;
  const solver = contestant("llada", (place) => encode(solution)[place - start] ?? endId);
  const task = tasks["puzzles"]!;
  expect(valuesOf(await task.measure(solver, situation("", pairs)))).toEqual({
    solved: 1,
    parts: 1,
  });
  const words = situation("", await pairsOf("ab\tcd"));
  expect(await task.measure(solver, words)).toMatchObject({ kind: "inapplicable" });
});

test("puzzles: a countdown takes each number once, and right sums to the target", async () => {
  const { solves, partsRight, isPuzzle } = countdown;
  const [question, solution] = ["030 100 093 023", "100-093=007 030-007=023"] as const;
  const ratings: [answer: string, solved: boolean, parts: number][] = [
    [solution, true, 1],
    ["030+093=123 123-100=023", true, 1],
    // A wrong sum, a number twice, a number from nowhere, another target, below zero, another form.
    ["100-093=008 030-008=022", false, 0],
    ["100-093=007 030-030=000", false, 0.5],
    ["100-093=007 016+007=023", false, 0.5],
    ["100-093=007 030+007=037", false, 1],
    ["093-100=007 030-007=023", false, 0],
    ["100-93=7 30-7=23", false, 0],
  ];
  for (const [answer, solved, parts] of ratings) {
    expect(solves(question, answer), answer).toBe(solved);
    expect(partsRight({ first: question, second: solution }, answer), answer).toBe(parts);
  }
  expect(solves("006 002 003 004", "006/003=002 002+002=004")).toBe(true);
  expect(solves("006 002 003 004", "006/000=002 002+002=004")).toBe(false);
  expect(solves("006 002 003 036", "006*002=012 003*012=036")).toBe(true);
  expect(isPuzzle({ first: question, second: solution })).toBe(true);
  expect(isPuzzle({ first: question, second: "100-093=007 030+007=037" })).toBe(false);

  const solver = contestant(
    "llada",
    (place) => encode(solution)[place - question.length - 1] ?? endId,
  );
  const pairs = await pairsOf(`${question}\t${solution}\n`);
  expect(valuesOf(await tasks["puzzles"]!.measure(solver, situation("", pairs)))).toEqual({
    solved: 1,
    parts: 1,
  });
});
