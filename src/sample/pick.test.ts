import { describe, expect, test } from "vitest";
import { randomKey, randomStream } from "../tensor/random.ts";
import { chiSquareScore } from "../testing/chi-square.ts";
import { minP, picker, temperature, topK, topP } from "./pick.ts";
import type { PickOptions } from "./pick.ts";

const law = [0.4, 0.05, 0.3, 0.15, 0.1, 0];
const row = Float32Array.from(law, Math.log);

test.each<[PickOptions, number[]]>([
  [{}, law],
  [{ temperature: 2 }, law.map(Math.sqrt)],
  [{ temperature: 0.5 }, law.map((p) => p * p)],
  [{ topK: 2 }, [4, 0, 3, 0, 0, 0]],
  // 0.4 + 0.3 falls short of 0.75: the token that crosses it is kept.
  [{ topP: 0.75 }, [40, 0, 30, 15, 0, 0]],
  [{ topP: 0.01 }, [1, 0, 0, 0, 0, 0]],
  [{ minP: 0.3 }, [40, 0, 30, 15, 0, 0]],
  [{ forbid: [0, 99] }, [0, ...law.slice(1)]],
  // Temperature comes first: at 0.5 the first token alone has 0.56 of the mass.
  [{ temperature: 0.5, topP: 0.55 }, [1, 0, 0, 0, 0, 0]],
  // Forbidden tokens take no part in top-k.
  [{ topK: 2, forbid: [0] }, [0, 0, 30, 15, 0, 0]],
  [{ temperature: 1, topK: 4, topP: 0.8, minP: 0.5 }, [40, 0, 30, 0, 0, 0]],
])("%j draws from the expected law", (options, expected) => {
  const pick = picker(options);
  const random = randomStream(randomKey(11));
  const counts = new Float64Array(law.length);
  for (let i = 0; i < 20_000; i++) counts[pick(row, random)]! += 1;
  expect(chiSquareScore(counts, expected)).toBeLessThan(4);
});

test("temperature 0 takes the likeliest token that is not forbidden", () => {
  const random = randomStream(randomKey(1));
  expect(picker({ temperature: 0 })(row, random)).toBe(0);
  expect(picker({ temperature: 0, forbid: [0] })(row, random)).toBe(2);
  expect(picker({ temperature: 1e-300 })(row, random)).toBe(0);
});

test("equals: top-k and top-p keep the lower ids, min-p keeps all", () => {
  const even = new Float64Array(4).fill(-5);
  expect([...topK(2)(even)]).toEqual([-5, -5, -Infinity, -Infinity]);
  expect([...topP(0.5)(even)]).toEqual([-5, -5, -Infinity, -Infinity]);
  expect([...minP(1)(even)]).toEqual([...even]);
});

test("on large rows top-k and top-p keep what sorting says", () => {
  const random = randomStream(randomKey(2));
  for (const spread of [0.1, 3]) {
    const large = Float64Array.from({ length: 5000 }, () => spread * random.normal() - 8);
    const falling = large.toSorted().toReversed();
    const weights = falling.map(Math.exp);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const kept = (warped: Float64Array): Float64Array => warped.filter((x) => x > -Infinity);
    for (const k of [1, 2, 50, 256, 257, 4999, 5000]) {
      expect(kept(topK(k)(large)).toSorted().toReversed()).toEqual(falling.slice(0, k));
    }
    for (const p of [0.01, 0.5, 0.9, 0.999]) {
      const count = kept(topP(p)(large)).length;
      const mass = (n: number): number =>
        weights.subarray(0, n).reduce((sum, weight) => sum + weight, 0) / total;
      expect(mass(count)).toBeGreaterThanOrEqual(p - 1e-12);
      expect(mass(count - 1)).toBeLessThan(p);
      expect(kept(topP(p)(large)).toSorted().toReversed()).toEqual(falling.slice(0, count));
    }
  }
});

test("warps do not touch their argument", () => {
  const before = Float64Array.from(row);
  for (const warp of [temperature(0.3), topK(2), topP(0.5), minP(0.5)]) {
    warp(before);
    expect(before).toEqual(Float64Array.from(row));
  }
});

describe("values out of range are refused", () => {
  test.each<[PickOptions, string]>([
    [{ temperature: -1 }, "sample: temperature must be a number >= 0, got -1"],
    [{ temperature: Number.NaN }, "sample: temperature must be a number >= 0, got NaN"],
    [{ topK: 1.5 }, "sample: topK must be an integer >= 0, got 1.5"],
    [{ topP: 0 }, "sample: topP must be a number > 0 and <= 1, got 0"],
    [{ topP: 1.1 }, "sample: topP must be a number > 0 and <= 1, got 1.1"],
    [{ minP: 2 }, "sample: minP must be a number >= 0 and <= 1, got 2"],
  ])("%o", (options, message) => {
    expect(() => picker(options)).toThrow(message);
  });
});
