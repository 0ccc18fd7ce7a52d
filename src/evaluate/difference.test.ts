import { expect, test } from "vitest";
import { comparing, differenceOf } from "./difference.ts";
import { meanOf } from "./tasks/task.ts";
import type { Measurement } from "./tasks/task.ts";

const figure = (each: readonly number[], on?: string): Measurement =>
  meanOf("cost", each, on === undefined ? {} : { on });

test("on the same things the error is that of the mean difference, else errors add up", () => {
  const [a, b] = [
    [2, 4, 6],
    [3, 5, 7],
  ] as const;
  expect(differenceOf(figure(a, "x"), figure(b, "x"))).toEqual({
    value: -1,
    error: 0,
    paired: true,
    samples: 3,
    clear: true,
  });
  for (const other of [figure(b, "y"), figure(b)]) {
    const difference = differenceOf(figure(a, "x"), other);
    expect(difference).toMatchObject({ value: -1, paired: false, clear: false });
    // Each mean has the standard error 2 / sqrt(3).
    expect(difference.error).toBeCloseTo(Math.sqrt(8 / 3), 12);
  }
});

test("within two errors nothing is clear, and one sample has no error to go by", () => {
  const at = (value: number, error: number, samples = 9): Measurement => ({
    figure: "cost",
    value,
    error,
    samples,
  });
  expect(differenceOf(at(3.9, 1), at(0, 1.6875)).clear).toBe(false);
  expect(differenceOf(at(4.1, 1), at(0, 1.6875)).clear).toBe(true);
  expect(differenceOf(at(9, 0, 1), at(0, 0, 9))).toMatchObject({ samples: 1, clear: false });
});

test("a perplexity's error grows with it, so that two are told apart by their ratio", () => {
  // Twelve texts of a model and of real text, as nats per token: their perplexities are the exponentials.
  const perplexity = (nats: number, error: number): Measurement => ({
    figure: "perplexity",
    value: Math.exp(nats),
    error: Math.exp(nats) * error,
    samples: 12,
  });
  const [odd, plain] = [perplexity(4.76, 0.53), perplexity(0.53, 0.02)];
  expect(differenceOf(odd, plain).clear).toBe(false);
  const { value, error, clear } = comparing({ exponential: true })(odd, plain);
  expect(value).toBeCloseTo(4.23, 12);
  expect(error).toBeCloseTo(Math.hypot(0.53, 0.02), 12);
  expect(clear).toBe(true);
  expect(comparing({})).toBe(differenceOf);
});
