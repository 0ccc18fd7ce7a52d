import { expect, test } from "vitest";
import { randomKey } from "../tensor/random.ts";
import { floats } from "../tensor/value.ts";
import { masked } from "./masked.ts";
import { clippedRate } from "./masking.ts";
import { findNoise } from "./noise-search.ts";

test("finds the rates under which the loss of one text varies least", async () => {
  const [batch, length, maskId] = [32, 8, 9];
  const candidates = [
    { low: 0.001, high: 1 },
    { low: 0.3, high: 0.8 },
    { low: 0.9, high: 1 },
  ];
  const tried: string[] = [];
  const objective = (interval: (typeof candidates)[number]) => {
    tried.push(`${interval.low} ${interval.high}`);
    return masked({ maskId, block: 4, masking: clippedRate(interval) });
  };
  const windows = [1, 2].map((token) => ({ x0: new Int32Array(length).fill(token) }));
  const options = { windows, batch, length, repeats: 20, key: randomKey(1) };

  // A model to which every masked place costs 1 nat: the loss is masks / rate, and only masks that
  // are nearly certain leave it as it is.
  const constant = async (inputs: Parameters<typeof run>[0]) => {
    const weights = Float64Array.from(inputs["weights"]!.data);
    const losses = Array.from({ length: batch }, (_, row) =>
      weights.slice(row * length, (row + 1) * length).reduce((sum, weight) => sum + weight, 0),
    );
    return { losses: floats([batch], losses) };
  };
  const run: Parameters<typeof findNoise>[1]["run"] = (inputs) => constant(inputs);
  const sure = await findNoise({ candidates, objective }, { ...options, run });
  expect(sure.interval).toEqual({ low: 0.9, high: 1 });
  expect(tried).toHaveLength(3);

  // Var[masks / rate] = n E[(1 - r) / r] at length n; per token, with r uniform in [low, high].
  const { low, high } = sure.interval;
  const expected = Math.sqrt((Math.log(high / low) / (high - low) - 1) / length);
  expect(Math.abs(sure.deviation / expected - 1)).toBeLessThan(0.15);

  // To this one a place costs nothing in company and a lot alone, where few masks are.
  const alone: typeof run = async (inputs) => {
    const tokens = inputs["tokens"]!.data;
    const losses = Array.from({ length: batch }, (_, row) => {
      const masks = tokens.slice(row * length, (row + 1) * length).filter((t) => t === maskId);
      return masks.length >= 7 ? 50 * row : 1;
    });
    return { losses: floats([batch], losses) };
  };
  const careful = await findNoise({ candidates, objective }, { ...options, run: alone });
  expect(careful.interval).not.toEqual({ low: 0.9, high: 1 });
});
