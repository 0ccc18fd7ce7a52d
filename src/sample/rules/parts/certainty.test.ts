import { expect, test } from "vitest";
import { byCertainty } from "./certainty.ts";

const order = (...certainty: number[]): number[] => byCertainty(Float64Array.from(certainty));

test("the most certain first; of equals, the first comes first", () => {
  expect(order(0.1, 0.7, 0.2, 0.7)).toEqual([1, 3, 2, 0]);
  expect(order(-Infinity, 0, Infinity, -Infinity, Infinity)).toEqual([2, 4, 1, 0, 3]);
  expect(order()).toEqual([]);
});

test("what only rounding tells apart is equal: an empty canvas begins at its left on every machine", () => {
  const rounded = [3, 1, 4, 1, 5, 9, 2, 6].map((digit) => 0.07 + digit * 1e-7);
  expect(order(...rounded)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  // Told from the surest: the second can't be, the third can.
  expect(order(0.5, 0.500008, 0.500016)).toEqual([1, 2, 0]);
  expect(order(0.5, 0.50002)).toEqual([1, 0]);
});
