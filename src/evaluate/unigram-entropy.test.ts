import { expect, test } from "vitest";
import { entropyOfTexts, unigramEntropy } from "./unigram-entropy.ts";

test("entropy in closed form: none, one token, n alike, 1/2 1/4 1/4", () => {
  expect(unigramEntropy([])).toBe(0);
  expect(unigramEntropy([7, 7, 7])).toBeCloseTo(0, 12);
  expect(unigramEntropy(Int32Array.of(4, 9, 1, 30, 2))).toBeCloseTo(Math.log(5), 12);
  expect(unigramEntropy([1, 2, 1, 3])).toBeCloseTo(1.5 * Math.LN2, 12);
});

test("texts that each repeat one token differ as a whole; texts that are alike do not", () => {
  const repeating = [Int32Array.of(1, 1), Int32Array.of(2, 2, 2, 2), Int32Array.of(1, 1)];
  expect(entropyOfTexts(repeating)).toMatchObject({
    perText: 0,
    perTextError: 0,
    overall: Math.LN2,
  });
  const alike = [Int32Array.of(1, 2), Int32Array.of(2, 1)];
  expect(entropyOfTexts(alike)).toMatchObject({
    perText: Math.LN2,
    perTextError: 0,
    overall: Math.LN2,
  });
});
