import { expect, test } from "vitest";
import { openCanvas } from "../sample/canvas.ts";
import { leftToRight } from "../sample/rules/left-to-right.ts";
import { sample } from "../sample/sample.ts";
import { endOfText } from "../sample/stop.ts";
import { randomKey } from "../tensor/random.ts";
import { oracleDenoiser } from "../testing/denoisers.ts";
import { collectTexts, ratioAndError, untilEnd } from "./generative.ts";

test("a ratio of sums; for equal wholes its error is that of a mean", () => {
  expect(
    ratioAndError([
      [4, 2],
      [12, 6],
    ]),
  ).toEqual({ ratio: 2, standardError: 0 });
  const equal = ratioAndError([1, 2, 3, 6].map((nats) => [5 * nats, 5]));
  expect(equal.ratio).toBeCloseTo(3, 12);
  // Values 1 2 3 6: variance 14 / 3 of one, 14 / 12 of their mean.
  expect(equal.standardError).toBeCloseTo(Math.sqrt(14 / 12), 12);
  expect(ratioAndError([[3, 2]])).toEqual({ ratio: 1.5, standardError: 0 });
});

test("a text reaches up to its first end, which counts", () => {
  expect(untilEnd(Int32Array.of(4, 0, 5, 0), [0])).toEqual(Int32Array.of(4, 0));
  expect(untilEnd(Int32Array.of(0, 5), [5, 0])).toEqual(Int32Array.of(0));
  expect(untilEnd(Int32Array.of(4, 5), [0])).toEqual(Int32Array.of(4, 5));
});

test("collects texts in their order, a group at a time, and counts what they took", async () => {
  const [maskId, endId, length] = [9, 0, 6];
  const running = { now: 0, most: 0 };
  const told: number[] = [];
  const written = await collectTexts({
    count: 5,
    batch: 2,
    endIds: [endId],
    progress: (texts) => told.push(texts),
    start: async function* (index) {
      running.most = Math.max(running.most, (running.now += 1));
      // Text number i is i tokens long, and its end.
      const sentence = Int32Array.from({ length }, (_, i) => (i < index ? index : endId));
      yield* sample({
        denoiser: oracleDenoiser(sentence, { vocabulary: 10 }),
        canvas: openCanvas({ length, maskId }),
        rule: leftToRight(),
        stop: [endOfText(endId)],
        key: randomKey(index),
      });
      running.now -= 1;
    },
  });
  expect(written.texts.map((text) => [...text])).toEqual([
    [0],
    [1, 0],
    [2, 2, 0],
    [3, 3, 3, 0],
    [4, 4, 4, 4, 0],
  ]);
  expect(written).toMatchObject({ tokens: 15, passes: 15, tokensPerPass: 1 });
  expect(running).toEqual({ now: 0, most: 2 });
  expect(told).toEqual([1, 2, 3, 4, 5]);
});
