import { describe, expect, test } from "vitest";
import { chiSquareScore } from "../testing/chi-square.ts";
import { randomKey, randomStream } from "../tensor/random.ts";
import { lowDiscrepancyTimes, stratifiedTimes } from "./times.ts";

describe.each([
  { name: "lowDiscrepancyTimes", draw: lowDiscrepancyTimes },
  { name: "stratifiedTimes", draw: stratifiedTimes },
])("$name", ({ draw }) => {
  test("hits every stratum of [minimum, 1] once", () => {
    const random = randomStream(randomKey(5));
    for (let trial = 0; trial < 200; trial++) {
      const times = draw(8, random, { minimum: 0.2 }).toSorted();
      times.forEach((t, i) => {
        expect(t).toBeGreaterThanOrEqual(0.2 + 0.8 * (i / 8) - 1e-12);
        expect(t).toBeLessThanOrEqual(0.2 + 0.8 * ((i + 1) / 8) + 1e-12);
      });
    }
  });

  test("refuses impossible counts and minima", () => {
    const random = randomStream(randomKey(5));
    expect(() => draw(0, random)).toThrow("times: count must be an integer >= 1, got 0");
    expect(() => draw(1, random, { minimum: 1 })).toThrow(
      "times: minimum must be in [0, 1), got 1",
    );
  });
});

test("each low-discrepancy time alone is uniform, whatever its row", () => {
  const random = randomStream(randomKey(6));
  const counts = [0, 1, 2].map(() => new Float64Array(10));
  for (let trial = 0; trial < 20_000; trial++) {
    lowDiscrepancyTimes(3, random, { minimum: 0 }).forEach((t, row) => {
      counts[row]![Math.floor(t * 10)]! += 1;
    });
  }
  for (const row of counts)
    expect(chiSquareScore(row, new Float64Array(10).fill(1))).toBeLessThan(4);
});
