import { expect, test } from "vitest";
import { randomKey } from "../tensor/random.ts";
import { scriptedDenoiser } from "../testing/denoisers.ts";
import { parseHoles } from "./canvas.ts";
import { chooseLengths } from "./infill.ts";
import { greedy } from "./processor.ts";
import { confidence } from "./rules/confidence.ts";
import { sample } from "./sample.ts";

const vocabulary = 5;
const maskId = 4;
const encode = (text: string): Int32Array => Int32Array.from(text, Number);
/** Is sure of itself exactly if the canvas has `ideal` places. */
const modelOf = (ideal: number) =>
  scriptedDenoiser({
    vocabulary,
    script: (_, { canvas }) => [1 + 20 / (1 + Math.abs(canvas.length - ideal)), 1, 1, 1],
  });
const startWith = (ideal: number) => (canvas: Int32Array) =>
  sample({
    denoiser: modelOf(ideal),
    canvas,
    rule: confidence(),
    processors: [greedy()],
    key: randomKey(1),
  });

test("keeps the length whose tokens were likeliest on average", async () => {
  const segments = parseHoles("12[[?]]3");
  const chosen = await chooseLengths({ segments, encode, maskId, start: startWith(3 + 6) });
  expect(chosen.lengths).toEqual([6]);
  expect([...chosen.frames.at(-1)!.canvas]).toEqual([1, 2, 0, 0, 0, 0, 0, 0, 3]);
  expect(chosen.score).toBeCloseTo(Math.log(21 / 24), 6);
  expect(chosen.attempts.length).toBe(8);
  expect(Math.max(...chosen.attempts.map(({ score }) => score))).toBe(chosen.score);
});

test("settles several holes one after the other; a text without [[?]] is filled once", async () => {
  const both = await chooseLengths({
    segments: parseHoles("1[[?]]2[[?]]"),
    encode,
    maskId,
    candidates: [1, 2, 5],
    start: startWith(2 + 6),
  });
  // With the second hole at its middle candidate, 2, the first is best at 5; then 2 is right or near.
  expect(both.lengths).toEqual([5, 1]);
  const known = await chooseLengths({
    segments: parseHoles("1[[3]]"),
    encode,
    maskId,
    start: startWith(4),
  });
  expect(known.attempts.length).toBe(1);
  expect(known.frames.at(-1)!.canvas.length).toBe(4);
});

test("candidates must be lengths", async () => {
  const options = { segments: parseHoles("[[?]]"), encode, maskId, start: startWith(1) };
  for (const candidates of [[], [0], [1.5]]) {
    await expect(chooseLengths({ ...options, candidates })).rejects.toThrow("candidate lengths");
  }
});
