import { expect, test } from "vitest";
import {
  enumeratedDenoiser,
  enumerateTexts,
  oracleDenoiser,
  scriptedDenoiser,
  textIndex,
  uniformDenoiser,
} from "../testing.ts";
import { chiSquareScore } from "./chi-square.ts";

const ask = (canvas: number[], places: number[]) => ({
  canvas: Int32Array.from(canvas),
  places: Int32Array.from(places),
  time: 0.5,
});

test("mock models answer with normalised rows and never with the mask", async () => {
  const models = [
    uniformDenoiser({ vocabulary: 4 }),
    uniformDenoiser({ vocabulary: 4, maskId: 0 }),
    oracleDenoiser([2, 1], { vocabulary: 4, certainty: 0.7 }),
    scriptedDenoiser({ vocabulary: 4, script: () => [1, 2, 3, 100] }),
    enumeratedDenoiser({ tokens: 3, length: 2, law: [1, 2, 3, 4, 5, 6, 7, 8, 9] }),
  ];
  for (const model of models) {
    const { maskId } = model;
    const rows = await model.predict(ask([maskId, maskId], [0, 1]));
    expect(rows.length).toBe(8);
    for (const row of [rows.subarray(0, 4), rows.subarray(4)]) {
      expect(row[maskId]).toBe(-Infinity);
      expect(row.reduce((sum, x) => sum + Math.exp(x), 0)).toBeCloseTo(1, 6);
    }
  }
});

test("the enumerated model gives the exact conditionals, revealed places included", async () => {
  // p(00) = .1, p(01) = .4, p(10) = .3, p(11) = .2
  const model = enumeratedDenoiser({ tokens: 2, length: 2, law: [1, 4, 3, 2] });
  const probabilities = async (canvas: number[], places: number[]): Promise<number[]> =>
    Array.from(await model.predict(ask(canvas, places)), (x) => Number(Math.exp(x).toFixed(6)));
  expect(await probabilities([2, 2], [0, 1])).toEqual([0.5, 0.5, 0, 0.4, 0.6, 0]);
  expect(await probabilities([1, 2], [1])).toEqual([0.6, 0.4, 0]);
  expect(await probabilities([2, 1], [0, 1])).toEqual([0.666667, 0.333333, 0, 0, 1, 0]);
  const impossible = enumeratedDenoiser({ tokens: 2, length: 2, law: [1, 0, 0, 0] });
  const rows = await impossible.predict(ask([1, 2], [1]));
  expect(Array.from(rows, Math.exp)).toEqual([0.5, 0.5, 0].map((p) => expect.closeTo(p, 6)));
  expect(() => enumeratedDenoiser({ tokens: 2, length: 2, law: [1] })).toThrow("4 weights");
});

test("texts are counted like numbers", () => {
  const texts = enumerateTexts(3, 2);
  expect(texts.map((text) => textIndex(text, 3))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect([...texts[5]!]).toEqual([1, 2]);
});

test("an oracle knows nothing beyond its sentence", async () => {
  const model = oracleDenoiser([2, 1], { vocabulary: 4 });
  expect(model.maxLength).toBe(2);
  await expect(model.predict(ask([3, 3, 3], [2]))).rejects.toThrow(
    "places must be in 0 .. 1, got 2",
  );
});

test("chi-square: fair counts score low, unfair ones high, impossible ones are infinite", () => {
  expect(chiSquareScore([249, 251, 500], [1, 1, 2])).toBeLessThan(0);
  expect(chiSquareScore([330, 170, 500], [1, 1, 2])).toBeGreaterThan(4);
  expect(chiSquareScore([1, 99], [0, 1])).toBe(Infinity);
});
