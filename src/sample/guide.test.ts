import { expect, test } from "vitest";
import { uniform } from "../diffusion/processes/uniform.ts";
import { createSchedule } from "../diffusion/schedules/index.ts";
import { randomKey } from "../tensor/random.ts";
import { recorded, scriptedDenoiser } from "../testing/denoisers.ts";
import { enumeratedDenoiser } from "../testing/enumerated.ts";
import { batched } from "./denoiser.ts";
import { finish } from "./frame.ts";
import { guided, withoutGiven } from "./guide.ts";
import { leftToRight } from "./rules/left-to-right.ts";
import { sample } from "./sample.ts";

// p(00) = .1, p(01) = .4, p(10) = .3, p(11) = .2; the first token is given.
const model = enumeratedDenoiser({ tokens: 2, length: 2, law: [1, 4, 3, 2] });
const canvas = Int32Array.of(1, 2);
const unconditional = withoutGiven(canvas, 2);
const request = { canvas, places: Int32Array.of(1), time: 0.5 };

test("the conditional law to the power of scale + 1, over the unconditional one to that of scale", async () => {
  for (const scale of [0.5, 1, 3]) {
    const row = await guided({ denoiser: model, scale, unconditional }).predict(request);
    // p(. | 1) = (0.6, 0.4), and p(.) = (0.4, 0.6).
    const weights = [0.6 ** (scale + 1) / 0.4 ** scale, 0.4 ** (scale + 1) / 0.6 ** scale];
    const total = weights[0]! + weights[1]!;
    expect(Math.exp(row[0]!)).toBeCloseTo(weights[0]! / total, 6);
    expect(Math.exp(row[1]!)).toBeCloseTo(weights[1]! / total, 6);
    expect(row[2]).toBe(-Infinity);
  }
});

test("scale 0 is no guidance, and no second question", () => {
  expect(guided({ denoiser: model, scale: 0, unconditional })).toBe(model);
});

test("what is impossible with the given text stays so; what is so without it is a number", async () => {
  const denoiser = scriptedDenoiser({
    vocabulary: 4,
    script: (_, asked) => (asked.canvas[0] === 1 ? [1, 1, 0] : [0, 1, 1]),
  });
  const row = await guided({ denoiser, scale: 1, unconditional: withoutGiven(canvas, 3) }).predict(
    request,
  );
  expect(Array.from(row, Math.exp)).toEqual([1, 0, 0, 0].map((p) => expect.closeTo(p, 6)));
});

test("written tokens stay in sight, and both questions share one pass", async () => {
  const sizes: number[] = [];
  const seen = recorded(
    batched({
      ...model,
      async predictBatch(requests) {
        sizes.push(requests.length);
        return Promise.all(requests.map((asked) => model.predict(asked)));
      },
    }),
  );
  const last = await finish(
    sample({
      denoiser: guided({ denoiser: seen, scale: 2, unconditional }),
      canvas,
      rule: leftToRight(),
      key: randomKey(3),
    }),
  );
  expect(last.passes).toBe(1);
  expect(sizes).toEqual([2]);
  expect(seen.requests.map((asked) => [...asked.canvas])).toEqual([
    [1, 2],
    [2, 2],
  ]);
  expect([...unconditional(Int32Array.of(1, 0))]).toEqual([2, 0]);
});

test("scores are combined, and stay scores", async () => {
  const denoiser = {
    ...model,
    answers: "score",
    predict: async (asked: { canvas: Int32Array }) =>
      Float32Array.of(asked.canvas[0] === 1 ? 0.5 : 0.25, -2, 0),
  } as const;
  const row = await guided({ denoiser, scale: 1, unconditional }).predict(request);
  expect([...row]).toEqual([0.75, -2, 0]);
});

test("wrong scales, and models that know no mask, are refused", () => {
  for (const scale of [-1, Number.NaN, Infinity])
    expect(() => guided({ denoiser: model, scale, unconditional })).toThrow(
      `guidance: the scale must be a number >= 0, got ${scale}`,
    );
  const states = { size: 3, maskId: 2 };
  const process = uniform({ states, schedule: createSchedule("log-linear") });
  expect(() => guided({ denoiser: { ...model, process }, scale: 1, unconditional })).toThrow(
    "guidance: needs a model that knows the mask, got the process uniform",
  );
});
