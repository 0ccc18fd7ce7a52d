/** The rule step by step, on a model that follows a script: its writing, its improving, and its three ends. */
import { expect, test } from "vitest";
import { argmax } from "../../diffusion/categorical.ts";
import { uniform } from "../../diffusion/processes/uniform.ts";
import { createSchedule } from "../../diffusion/schedules/index.ts";
import { randomKey } from "../../tensor/random.ts";
import { recorded, scriptedDenoiser } from "../../testing/denoisers.ts";
import { openCanvas } from "../canvas.ts";
import { sample } from "../sample.ts";
import type { SampleOptions } from "../sample.ts";
import { selfCorrect } from "./self-correct.ts";

const [vocabulary, maskId] = [5, 4];
const process = uniform({
  states: { size: vocabulary, maskId },
  schedule: createSchedule("log-linear"),
});

/** What is likeliest at each place, and how likely, by call: the last is said ever after. */
type Script = readonly (readonly (readonly [token: number, probability: number])[])[];

/** Runs a script with the likeliest draws. */
async function follow(script: Script, options: Partial<SampleOptions>) {
  const denoiser = recorded({
    ...scriptedDenoiser({
      vocabulary,
      maskId,
      script: (place, _, call) => {
        const [token, sure] = script[Math.min(call, script.length - 1)]![place]!;
        return [0, 1, 2, 3].map((other) => (other === token ? sure : (1 - sure) / 3));
      },
    }),
    process,
  });
  const laws: number[][] = [];
  const texts: number[][] = [];
  const changes: number[][] = [];
  const stream = sample({
    denoiser,
    canvas: Int32Array.of(0, 1, 2, 3),
    rule: selfCorrect(),
    key: randomKey(0),
    choose(weights) {
      laws.push([...weights]);
      return argmax(weights);
    },
    ...options,
  });
  for await (const { canvas, changed } of stream) {
    texts.push([...canvas]);
    changes.push(changed.map(({ place }) => place));
  }
  return { requests: denoiser.requests, laws, texts, changes };
}

const all = Int32Array.of(0, 1, 2, 3);

test("of the tokens that should be others the surest is rewritten, until none should", async () => {
  const script: Script = [
    // The second and the fourth should be others; the first is surer, but right.
    [
      [0, 0.9],
      [3, 0.6],
      [2, 0.5],
      [1, 0.7],
    ],
    [
      [0, 0.9],
      [3, 0.8],
      [2, 0.5],
      [1, 0.7],
    ],
    [
      [0, 0.9],
      [3, 0.8],
      [2, 0.5],
      [1, 0.7],
    ],
  ];
  const { requests, laws, texts, changes } = await follow(script, { revise: all, steps: 9 });
  expect(texts).toEqual([
    [0, 1, 2, 3],
    [0, 1, 2, 1],
    [0, 3, 2, 1],
    [0, 3, 2, 1],
  ]);
  expect(changes).toEqual([[], [3], [1], []]);
  expect(requests.map(({ time }) => time)).toEqual([0.01, 0.01, 0.01]);
  // The model's law at a temperature of 0.1: 0.6 against three of 0.4 / 3.
  const odds = (0.4 / 3 / 0.6) ** 10;
  expect(laws[1]![3]).toBeCloseTo(1 / (1 + 3 * odds), 12);
  expect(laws[1]![0]).toBeCloseTo(odds / (1 + 3 * odds), 12);
});

test("it ends when a text agrees no better with the model, before the step that didn't help", async () => {
  // Every rewritten token makes the model want another one elsewhere: one of four is always wrong.
  const script: Script = [0, 1, 2, 3].map((call) =>
    [0, 1, 2, 3].map((place) => [place === call ? 3 - place : [0, 1, 2, 3][place]!, 0.9] as const),
  );
  const { texts } = await follow(script, {
    revise: all,
    steps: 9,
    rule: selfCorrect({ patience: 1 }),
  });
  // All four agree after the first step; the second is stale, and stands; the third is not taken.
  expect(texts).toEqual([
    [0, 1, 2, 3],
    [3, 1, 2, 3],
    [3, 2, 2, 3],
    [3, 2, 2, 3],
  ]);
});

test("from noise it first writes along the reverse process, in the steps that are not kept", async () => {
  const script: Script = [all, all, all].map((places) => [...places].map((place) => [place, 0.9]));
  const canvas = openCanvas({ length: 4, maskId });
  const { requests, texts } = await follow(script, { canvas, steps: 4 });
  // Two steps along the clock, and one that finds nothing to improve.
  expect(requests.map(({ time }) => time)).toEqual([1, 0.5, 0.01]);
  expect(texts.at(-1)).toEqual([0, 1, 2, 3]);
  const none = await follow(script, { canvas, steps: 4, rule: selfCorrect({ share: 0 }) });
  expect(none.requests.map(({ time }) => time)).toEqual([1, 0.75, 0.5, 0.25]);
  // The steps are the limit.
  const short = await follow(script, { revise: all, canvas: Int32Array.of(1, 1, 1, 1), steps: 2 });
  expect(short.requests).toHaveLength(2);
});
