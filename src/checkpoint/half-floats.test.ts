/** Floats of 16 bits: every one of them there and back, and what lies between two. */
import { expect, test } from "vitest";
import { narrowFloat16, widenFloat16 } from "./half-floats.ts";

/** All finite ones, as bits. */
const finite = Uint16Array.from({ length: 0x10000 }, (_, i) => i).filter(
  (half) => (half & 0x7c00) !== 0x7c00,
);

test("every finite float16 is itself again", () => {
  expect(narrowFloat16(widenFloat16(finite))).toEqual(finite);
});

test("between two neighbours the nearer one, in the middle the even one", () => {
  const positive = finite.filter((half) => half < 0x7bff);
  const [low, high] = [widenFloat16(positive), widenFloat16(positive.map((half) => half + 1))];
  const between = (share: number) => narrowFloat16(low.map((x, i) => x + share * (high[i]! - x)))!;
  expect(between(0.49)).toEqual(positive);
  expect(between(0.51)).toEqual(positive.map((half) => half + 1));
  expect(between(0.5)).toEqual(positive.map((half) => half + (half % 2)));
});

test("what it can't hold", () => {
  expect(narrowFloat16(Float32Array.of(65519))).toEqual(Uint16Array.of(0x7bff));
  for (const number of [65520, -65520, Infinity, NaN])
    expect(narrowFloat16(Float32Array.of(number))).toBeUndefined();
});
