/**
 * Plans in words, with a planner whose guesses and words are known: guesses rise towards the condition, and
 * are said as their own number of tokens.
 */
import { expect, test } from "vitest";
import { gaussianDiffusion } from "../diffusion/gaussian/diffusion.ts";
import { cosineSquared } from "../diffusion/schedules/cosine-squared.ts";
import { randomKey } from "../tensor/random.ts";
import type { Frame } from "./frame.ts";
import { plan } from "./plan.ts";
import type { Planner, PlanOptions } from "./plan.ts";
import { maxPasses, stopStrings } from "./stop.ts";

const maskId = 9;
const endId = 8;

interface Heard extends Planner {
  /** The texts that paragraphs followed. */
  readonly before: number[][];
  readonly said: number[];
}

/** Guess number n of a paragraph is n; it is said as 4, 4 + n, 4 + n, ... unless `ends`. */
function scriptedPlanner({ ends = false } = {}): Heard {
  const before: number[][] = [];
  const said: number[] = [];
  let guesses = 0;
  return {
    maskId,
    paragraph: 3,
    before,
    said,
    denoiser: {
      size: 1,
      diffusion: gaussianDiffusion(cosineSquared({ eps: 0 })),
      times: { first: 0.0005, last: 0.9995 },
      guess: async () => [Float64Array.of((guesses += 1))],
      bound: (guess) => guess,
    },
    async encode(text) {
      before.push([...text]);
      return Float64Array.of(0);
    },
    async decode(guess, { length }) {
      said.push(guess[0]!);
      const tokens = Int32Array.of(4, 4 + guess[0]!, ends ? endId : 5).subarray(0, length);
      return { tokens, confidence: Float64Array.of(0.5, 0.25, 1), passes: 3, ended: ends };
    },
  };
}

async function run(options: Partial<PlanOptions>): Promise<Frame[]> {
  const frames: Frame[] = [];
  const planner = scriptedPlanner();
  const prompt = Int32Array.of(1, 2);
  const all = { planner, prompt, length: 3, steps: 2, key: randomKey(1), ...options };
  for await (const frame of plan(all)) frames.push(frame);
  return frames;
}

test("a paragraph: every guess in words, open until it is the last", async () => {
  const planner = scriptedPlanner();
  const frames = await run({ planner, drafts: true });
  expect(frames).toEqual([
    {
      step: 0,
      canvas: Int32Array.of(1, 2, 9, 9, 9),
      changed: [],
      open: 3,
      settled: 2,
      passes: 0,
      done: false,
    },
    {
      step: 1,
      canvas: Int32Array.of(1, 2, 4, 5, 5),
      changed: [
        { place: 2, token: 4, confidence: 0.5 },
        { place: 3, token: 5, confidence: 0.25 },
        { place: 4, token: 5, confidence: 1 },
      ],
      open: 3,
      settled: 2,
      passes: 4,
      done: false,
    },
    {
      step: 2,
      canvas: Int32Array.of(1, 2, 4, 6, 5),
      changed: [{ place: 3, token: 6, confidence: 0.25 }],
      open: 0,
      settled: 5,
      passes: 8,
      done: true,
      reason: "filled",
    },
  ]);
  expect(planner.before).toEqual([[1, 2]]);
});

test("without drafts only the last guess of a paragraph is said", async () => {
  const planner = scriptedPlanner();
  const frames = await run({ planner });
  expect(frames.map(({ step, passes }) => [step, passes])).toEqual([
    [0, 0],
    [2, 5],
  ]);
  expect(planner.said).toEqual([2]);
});

test("a longer text goes on, each paragraph behind what stands before it, to the very length", async () => {
  const planner = scriptedPlanner();
  const frames = await run({ planner, length: 7 });
  expect(planner.before).toEqual([
    [1, 2],
    [1, 2, 4, 6, 5],
    [1, 2, 4, 6, 5, 4, 8, 5],
  ]);
  expect([...frames.at(-1)!.canvas]).toEqual([1, 2, 4, 6, 5, 4, 8, 5, 4]);
  expect(frames.map(({ open, settled, done }) => [open, settled, done])).toEqual([
    [7, 2, false],
    [4, 5, false],
    [1, 8, false],
    [0, 9, true],
  ]);
  expect(frames.at(-1)).toMatchObject({ reason: "filled", step: 6, passes: 15 });
});

test("an end token ends the text; from nothing there is no condition", async () => {
  const planner = scriptedPlanner({ ends: true });
  const frames = await run({ planner, prompt: new Int32Array(0), length: 100 });
  expect([...frames.at(-1)!.canvas]).toEqual([4, 6, 8]);
  expect(frames.at(-1)).toMatchObject({ reason: "stopped", done: true, open: 0 });
  expect(planner.before).toEqual([]);
});

test("wrong lengths are refused", async () => {
  await expect(run({ length: 0 })).rejects.toThrow("plan: length must be an integer >= 1, got 0");
  await expect(run({ steps: 0 })).rejects.toThrow("denoise: steps must be an integer >= 1, got 0");
});

test("ends in the paragraph that completes a stop string, and cuts what is behind", async () => {
  const decode = (ids: Int32Array): string => ids.join(" ");
  const stop = [stopStrings({ strings: ["5 4"], decode })];
  for (const drafts of [false, true]) {
    const frames = await run({ length: 9, steps: 1, stop, drafts });
    // 4 5 5 | 4 6 5 | ...: the string begins in the first paragraph and ends in the second.
    const last = frames.at(-1)!;
    expect([...last.canvas]).toEqual([1, 2, 4, 5, 5, 4]);
    expect(last).toMatchObject({ open: 0, settled: 6, done: true, reason: "stopped" });
    expect(last.changed.map(({ place }) => place)).toEqual([5]);
    expect(frames.filter(({ done }) => done)).toHaveLength(1);
  }
});

test("ends after so many passes, with places left open", async () => {
  const stop = [maxPasses(6)];
  const last = (await run({ length: 9, steps: 2, stop })).at(-1)!;
  // 2 of planning and 3 of words, and the first of the next plan.
  expect(last).toMatchObject({ passes: 6, step: 3, open: 6, done: true, reason: "steps" });
  expect([...last.canvas]).toEqual([1, 2, 4, 6, 5, 9, 9, 9, 9, 9, 9]);
});
