import { expect, test } from "vitest";
import { randomKey, randomStream } from "../tensor/random.ts";
import { reverseTimes, spreadLevels } from "./times.ts";

const random = randomStream(randomKey(3));

test("levels hit every part of the range once, and each alone is uniform", () => {
  const first: number[] = [];
  for (let trial = 0; trial < 4000; trial++) {
    const levels = spreadLevels(8, random);
    expect(Array.from(levels, (level) => Math.floor(level * 8))).toHaveLength(8);
    expect(new Set(Array.from(levels, (level) => Math.floor(level * 8))).size).toBe(8);
    first.push(levels[0]!);
  }
  const mean = first.reduce((a, b) => a + b, 0) / first.length;
  const square = first.reduce((sum, level) => sum + level ** 2, 0) / first.length;
  expect(Math.abs(mean - 1 / 2)).toBeLessThan(0.02);
  expect(Math.abs(square - 1 / 3)).toBeLessThan(0.02);
  expect(() => spreadLevels(0, random)).toThrow("times: count must be an integer >= 1, got 0");
});

test.each([
  [undefined, 4],
  [10, 4],
  [10, 10],
  [10, 25],
  [1000, 7],
])("a chain of %s steps in %i: from 1 to 0, falling, on the chain's own times", (chain, steps) => {
  const times = reverseTimes({ steps: chain }, steps);
  expect(times).toHaveLength(Math.min(steps, chain ?? steps) + 1);
  expect([times[0], times.at(-1)]).toEqual([1, 0]);
  times.slice(1).forEach((time, i) => expect(time).toBeLessThan(times[i]!));
  if (chain !== undefined)
    for (const time of times)
      expect(Math.abs(time * chain - Math.round(time * chain))).toBeLessThan(1e-9);
});
