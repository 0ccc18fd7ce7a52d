/** What the room Compare makes of numbers: curves of metrics, and round numbers along axes. */
import { describe, expect, test } from "vitest";
import { curvesOf, extended, smoothed } from "../playground/compare/curves.ts";
import { logTicks, ticks } from "../playground/compare/ticks.ts";

describe("curves", () => {
  test("smoothing begins at the first value, keeps what is constant, and is a weighted mean", () => {
    expect(smoothed([4, 2], 0.5)).toEqual([4, (0.5 * 4 + 2) / 1.5]);
    expect(smoothed([3, 3, 3], 0.9).map((value) => value.toFixed(12))).toEqual(
      Array.from({ length: 3 }, () => (3).toFixed(12)),
    );
    expect(smoothed([5, 1, 7], 0)).toEqual([5, 1, 7]);
  });

  test("are read of the lines that have them", () => {
    const metrics = [
      { step: 1, loss: 4 },
      { step: 2, loss: "NaN" },
      { step: 2, valid: 3, standardError: 0.5, exact: false },
      { step: 3, loss: 2 },
    ];
    expect(curvesOf(metrics, 0)).toEqual({
      training: [
        { x: 1, y: 4 },
        { x: 3, y: 2 },
      ],
      validation: [{ x: 2, y: 3, low: 2, high: 4 }],
      isBound: true,
    });
  });

  test("lines of a step may come in two looks, and those of a resumed run again", () => {
    const known = [
      { step: 1, loss: 4 },
      { step: 9, loss: 3 },
    ];
    const fresh = [
      { step: 9, loss: 3 },
      { step: 9, valid: 3.5 },
    ];
    expect(extended(known, 9, fresh)).toEqual([known[0], ...fresh]);
    expect(extended(known, 0, [{ step: 1, loss: 5 }])).toEqual([{ step: 1, loss: 5 }]);
  });
});

describe("round numbers", () => {
  test.each([
    [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [0.13, 4.2, [1, 2, 3, 4]],
    [97, 103, [98, 100, 102]],
    [-0.3, 0.3, [-0.2, 0, 0.2]],
    [2, 2, [2]],
  ])("from %d to %d", (low, high, expected) => {
    expect(ticks(low, high)).toEqual(expected);
  });

  test.each([
    [1, 1500, [1, 10, 100, 1000]],
    [450, 3100, [500, 1000, 2000]],
    [3.1, 3.6, [3.1, 3.2, 3.3, 3.4, 3.5, 3.6]],
  ])("of logarithms from %d to %d", (low, high, expected) => {
    expect(logTicks(low, high).map((tick) => Number(tick.toPrecision(3)))).toEqual(expected);
  });
});
