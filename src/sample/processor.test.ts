import { describe, expect, test } from "vitest";
import { randomKey, randomStream } from "../tensor/random.ts";
import { chiSquareScore } from "../testing/chi-square.ts";
import { sampleCategorical } from "../diffusion/categorical.ts";
import type { Random } from "../tensor/random.ts";
import {
  minP,
  noRepeat,
  processorsOf,
  repetitionPenalty,
  temperature,
  topK,
  topP,
} from "./processor.ts";
import type { ProcessorOptions } from "./processor.ts";

const law = [0.4, 0.05, 0.3, 0.15, 0.1, 0];
const row = Float64Array.from(law, Math.log);
const view = { canvas: Int32Array.of(5, 5), place: 0, maskId: 5 };

/** A token drawn as the loop draws it. */
const picker = (options: ProcessorOptions) => (logProbs: Float64Array, random: Random) =>
  sampleCategorical(
    processorsOf(options).reduce((bent, process) => process(bent, view), logProbs),
    random,
  );

test.each<[ProcessorOptions, number[]]>([
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
  expect([...topK(2)(even, view)]).toEqual([-5, -5, -Infinity, -Infinity]);
  expect([...topP(0.5)(even, view)]).toEqual([-5, -5, -Infinity, -Infinity]);
  expect([...minP(1)(even, view)]).toEqual([...even]);
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
      expect(kept(topK(k)(large, view)).toSorted().toReversed()).toEqual(falling.slice(0, k));
    }
    for (const p of [0.01, 0.5, 0.9, 0.999]) {
      const count = kept(topP(p)(large, view)).length;
      const mass = (n: number): number =>
        weights.subarray(0, n).reduce((sum, weight) => sum + weight, 0) / total;
      expect(mass(count)).toBeGreaterThanOrEqual(p - 1e-12);
      expect(mass(count - 1)).toBeLessThan(p);
      expect(kept(topP(p)(large, view)).toSorted().toReversed()).toEqual(falling.slice(0, count));
    }
  }
});

test("processors do not touch their argument", () => {
  const before = Float64Array.from(row);
  for (const process of [temperature(0.3), topK(2), topP(0.5), minP(0.5)]) {
    process(before, view);
    expect(before).toEqual(Float64Array.from(row));
  }
});

test("repetition: what is there gets rarer, and a run of tokens is not repeated", () => {
  const even = new Float64Array(4).fill(Math.log(1 / 4));
  const canvas = Int32Array.of(0, 1, 2, 0, 1, 4, 4);
  const at = (place: number) => ({ canvas, place, maskId: 4 });
  const seen = repetitionPenalty(2)(even, at(5));
  expect([...seen].map((x) => x / even[0]!)).toEqual([2, 2, 2, 1]);
  // "0 1 2" stands at the beginning, so that after "0 1" the 2 is ruled out, in a run of three.
  expect([...noRepeat(3)(even, at(5))]).toEqual([even[0], even[0], -Infinity, even[0]]);
  expect([...noRepeat(4)(even, at(5))]).toEqual([...even]);
  // Runs may be completed from any side: before "0 1" nothing stands here that stands there.
  const middle = { canvas: Int32Array.of(1, 2, 3, 4, 2, 3), place: 3, maskId: 4 };
  expect([...noRepeat(3)(even, middle)][1]).toBe(-Infinity);
  // Where every token would repeat, all stay.
  const full = { canvas: Int32Array.of(0, 1, 2, 3, 4), place: 4, maskId: 4 };
  expect([...noRepeat(1)(even, full)]).toEqual([...even]);
});

describe("values out of range are refused", () => {
  test.each<[ProcessorOptions, string]>([
    [{ temperature: -1 }, "sample: temperature must be a number >= 0, got -1"],
    [{ temperature: Number.NaN }, "sample: temperature must be a number >= 0, got NaN"],
    [{ topK: 1.5 }, "sample: topK must be an integer >= 0, got 1.5"],
    [{ topP: 0 }, "sample: topP must be a number > 0 and <= 1, got 0"],
    [{ topP: 1.1 }, "sample: topP must be a number > 0 and <= 1, got 1.1"],
    [{ minP: 2 }, "sample: minP must be a number >= 0 and <= 1, got 2"],
  ])("%o", (options, message) => {
    expect(() => processorsOf(options)).toThrow(message);
  });
});
