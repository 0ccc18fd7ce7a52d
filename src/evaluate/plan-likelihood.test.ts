/**
 * The bound of plans in a world where everything is known: two texts, whose one latent is -1 or 1. A planner and a
 * decoder that are ideal there have a bound without slack, wherever plans stop getting clearer.
 */
import { describe, expect, test } from "vitest";
import { gaussianDiffusion } from "../diffusion/gaussian/diffusion.ts";
import { cosineSquared } from "../diffusion/schedules/cosine-squared.ts";
import type { LatentRequest } from "../sample/denoise.ts";
import { randomKey } from "../tensor/random.ts";
import { costOfPlan, planLikelihood } from "./plan-likelihood.ts";
import type { PlanReader } from "./plan-likelihood.ts";

const chances = { 0: 0.2, 1: 0.8 } as const;
const diffusion = gaussianDiffusion(cosineSquared({ eps: 0 }));
const latentOf = (text: Int32Array): Float64Array => Float64Array.of(text[0] === 1 ? 1 : -1);
const text = (...tokens: number[]): Int32Array => Int32Array.from(tokens);

/** The chance of text 1 given its latent x under a share of signal. */
const chanceOfOne = (x: number, alpha: number): number =>
  1 / (1 + (chances[0] / chances[1]) * Math.exp((-2 * Math.sqrt(alpha) * x) / (1 - alpha)));

/** Ideal for plans that are said at `clarity`, but for what is changed. */
function world(
  clarity: number,
  change: (guess: number, request: LatentRequest) => number = (guess) => guess,
): PlanReader {
  return {
    paragraph: 1,
    encode: async (texts) => texts.map(latentOf),
    denoiser: {
      size: 1,
      diffusion,
      times: { first: 0, last: 1 },
      guess: async (requests) =>
        requests.map((request) => {
          const { signal } = diffusion.scales(request.time);
          const ideal = 2 * chanceOfOne(request.xt[0]!, signal ** 2) - 1;
          return Float64Array.of(change(ideal, request));
        }),
      bound: (guess) => guess,
    },
    cost: async (texts, latents) =>
      texts.map(([token], i) => {
        const one = chanceOfOne(latents[i]![0]! * Math.sqrt(clarity), clarity);
        return -Math.log(token === 1 ? one : 1 - one);
      }),
  };
}

describe.each([0.15, 0.5, 0.85])("plans said at a clarity of %d", (clarity) => {
  test.each([0, 1] as const)("ideally, text %d costs what it is worth", async (token) => {
    const options = { clarity, samples: 40_000, batch: 1000, key: randomKey(token) };
    const { plan, words } = await costOfPlan(text(token), world(clarity), options);
    expect(plan).toBeGreaterThan(0);
    expect(words).toBeGreaterThan(0);
    expect(Math.abs(plan + words + Math.log(chances[token]))).toBeLessThan(0.02);
  });

  test("a planner that errs costs more, as much as its squared error", async () => {
    const off = world(clarity, (guess) => guess + 0.1);
    const options = { clarity, samples: 40_000, batch: 1000, key: randomKey(3) };
    const costs = await Promise.all(
      ([0, 1] as const).map((token) => costOfPlan(text(token), off, options)),
    );
    // Over both texts the ideal guess is right on average, so what is added to it counts by its square alone.
    const mean = costs.reduce(
      (sum, { plan, words }, i) => sum + chances[i as 0 | 1] * (plan + words),
      0,
    );
    const entropy = -chances[0] * Math.log(chances[0]) - chances[1] * Math.log(chances[1]);
    const added = ((0.1 ** 2 / 2) * clarity) / (1 - clarity);
    expect(Math.abs(mean - entropy - added)).toBeLessThan(0.02);
    expect(added).toBeGreaterThan(0);
  });
});

test("paragraphs follow one another, windows stand for themselves", async () => {
  const conditions: (number | undefined)[] = [];
  const reader = world(0.5, (guess, { condition }) => {
    conditions.push(condition?.[0]);
    return guess;
  });
  const options = { clarity: 0.5, samples: 2, batch: 3, key: randomKey(1) };
  const windows = [text(1, 0), text(0, 1)];
  const { each, plan, nats, ...score } = await planLikelihood({ ...options, windows, reader });
  expect(conditions).toEqual([undefined, undefined, 1, 1, undefined, undefined, -1, -1]);
  expect(score).toMatchObject({ windows: 2, tokens: 4, exact: false });
  expect(nats).toBeCloseTo((each[0]! + each[1]!) / 2, 12);
  expect(plan).toBeLessThan(nats);
  const larger = await planLikelihood({ ...options, batch: 100, windows, reader });
  expect(larger.each).toEqual(each);
});

test("a plan without noise has no bound", async () => {
  const options = { clarity: 1, samples: 1, batch: 1, key: randomKey(1) };
  await expect(costOfPlan(text(1), world(0.5), options)).rejects.toThrow(
    "got a clarity of 1; give --clarity above 0 and below 1",
  );
});
