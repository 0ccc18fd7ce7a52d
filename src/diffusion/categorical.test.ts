import { expect, test } from "vitest";
import { chiSquareScore } from "../testing/chi-square.ts";
import { randomKey, randomStream } from "../tensor/random.ts";
import { argmax, logSoftmax, tempered, sampleCategorical } from "./categorical.ts";

test("frequencies follow the law, normalised or not, in either precision", () => {
  const law = [0.05, 0, 0.6, 0.25, 0.1];
  for (const row of [
    Float64Array.from(law, Math.log),
    Float32Array.from(law, (p) => Math.log(p) + 90),
  ]) {
    const random = randomStream(randomKey(3));
    const counts = new Float64Array(law.length);
    for (let i = 0; i < 50_000; i++) counts[sampleCategorical(row, random)]! += 1;
    expect(chiSquareScore(counts, law)).toBeLessThan(4);
    expect(chiSquareScore(counts, [0.06, 0, 0.59, 0.25, 0.1])).toBeGreaterThan(4);
  }
});

test("the far tail is drawn: no hidden temperature", () => {
  // The float32 Gumbel trick never draws below about 1e-8. A fixed uniform hits the tail exactly.
  const tail = 1e-12;
  const row = Float64Array.of(Math.log(tail), Math.log1p(-tail));
  const at = (u: number) => ({ ...randomStream(randomKey(0)), uniform: () => u });
  expect(sampleCategorical(row, at(0.9e-12))).toBe(0);
  expect(sampleCategorical(row, at(1.1e-12))).toBe(1);
  expect(sampleCategorical(row.toReversed(), at(1 - 0.9e-12))).toBe(1);
  expect(sampleCategorical(Float64Array.of(0, -Infinity), at(1 - 2 ** -54))).toBe(0);
});

test("log-softmax sums to 1, does not overflow, and keeps -Infinity", () => {
  const logProbs = logSoftmax(Float32Array.of(1000, 1001, -Infinity, -1000));
  expect(logProbs.reduce((sum, x) => sum + Math.exp(x), 0)).toBeCloseTo(1, 14);
  expect(logProbs[2]).toBe(-Infinity);
  expect(logProbs[1]! - logProbs[0]!).toBeCloseTo(1, 12);
});

test("tempered probabilities are those of divided logits, at any temperature", () => {
  const logits = Float32Array.of(1000, 1001, -Infinity, 999.5);
  for (const temperature of [0.3, 1, 4]) {
    const expected = logSoftmax(logits.map((logit) => logit / temperature)).map(Math.exp);
    const law = tempered(logits, temperature);
    expect(law[2]).toBe(0);
    for (const [i, p] of law.entries()) expect(p).toBeCloseTo(expected[i]!, 4);
  }
  // In float64, a ratio is exp(difference / temperature).
  const [low, high] = tempered(Float64Array.of(0, 1), 0.5);
  expect(high! / low!).toBeCloseTo(Math.exp(2), 12);
});

test("argmax takes the first of equals, and rows that are no probabilities are refused", () => {
  expect(argmax(Float64Array.of(-1, 2, 2))).toBe(1);
  expect(() => argmax(Float64Array.of(0, Number.NaN))).toThrow("got NaN at token 1");
  expect(() => argmax(Float64Array.of(-Infinity, -Infinity))).toThrow("no token");
  expect(() => argmax(Float64Array.of(0, Infinity))).toThrow("got +Infinity at token 1");
});
