/**
 * The loop over vectors in a Gaussian world: data is N(m, v) where a condition says which m.
 */
import { describe, expect, test } from "vitest";
import { gaussianDiffusion } from "../diffusion/gaussian/diffusion.ts";
import { cosineSquared } from "../diffusion/schedules/cosine-squared.ts";
import { randomKey } from "../tensor/random.ts";
import { denoise } from "./denoise.ts";
import type { DenoiseOptions, LatentDenoiser, LatentFrame, LatentRequest } from "./denoise.ts";

const diffusion = gaussianDiffusion(cosineSquared({ eps: 0 }));
const variance = 0.2;

interface Asked extends LatentDenoiser {
  readonly passes: (readonly LatentRequest[])[];
}

/** Knows E[x0 | x_t] exactly; without a condition the mean is 0. */
function exactDenoiser(size: number): Asked {
  const passes: (readonly LatentRequest[])[] = [];
  return {
    size,
    diffusion,
    times: { first: 0.0005, last: 0.9995 },
    passes,
    async guess(requests) {
      passes.push(requests);
      return requests.map(({ xt, time, condition }) => {
        const { signal, noise } = diffusion.scales(time);
        const gain = (signal * variance) / (signal ** 2 * variance + noise ** 2);
        return xt.map((x, i) => {
          const mean = condition?.[i] ?? 0;
          return mean + gain * (x - signal * mean);
        });
      });
    },
    bound: (guess) => guess,
  };
}

async function run(options: Partial<DenoiseOptions>): Promise<LatentFrame[]> {
  const frames: LatentFrame[] = [];
  const all = { denoiser: exactDenoiser(4), steps: 8, key: randomKey(1), ...options };
  for await (const frame of denoise(all)) frames.push(frame);
  return frames;
}

const condition = Float64Array.of(1, -1, 2, 0);
const last = (frames: readonly LatentFrame[]): Float64Array => frames.at(-1)!.guess;

test("a frame for each guess, the last is done; the same key gives the same vector", async () => {
  for (const eta of [0, 1]) {
    const frames = await run({ eta });
    expect(frames.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(frames.map(({ done }) => done)).toEqual([...Array(7).fill(false), true]);
    expect(frames.at(-1)!.passes).toBe(8);
    expect(last(await run({ eta }))).toEqual(last(frames));
    expect(last(await run({ eta, key: randomKey(2) }))).not.toEqual(last(frames));
  }
  // Both begin with the same noise, and the ancestral sampler goes on drawing.
  const [ddim, ancestral] = [await run({ eta: 0 }), await run({ eta: 1 })];
  expect(ancestral[0]!.guess).toEqual(ddim[0]!.guess);
  expect(last(ancestral)).not.toEqual(last(ddim));
});

test.each([0, 1])("with eta %i samples have the mean and the variance of the data", async (eta) => {
  const size = 4000;
  const means = new Float64Array(size).fill(1.5);
  const denoiser = exactDenoiser(size);
  const found = last(await run({ denoiser, condition: means, steps: 200, eta }));
  const mean = found.reduce((a, b) => a + b, 0) / size;
  const square = found.reduce((sum, x) => sum + (x - mean) ** 2, 0) / size;
  expect(Math.abs(mean - 1.5)).toBeLessThan(0.03);
  expect(Math.abs(square - variance)).toBeLessThan(0.02);
});

test.each([0, 1])("with eta %i, denoising that ends early leaves its noise", async (eta) => {
  const size = 4000;
  const denoiser = exactDenoiser(size);
  const means = new Float64Array(size).fill(1.5);
  const frames = await run({ denoiser, condition: means, steps: 100, eta, clarity: 0.25 });
  const found = last(frames);
  const mean = found.reduce((a, b) => a + b, 0) / size;
  const square = found.reduce((sum, x) => sum + (x - mean) ** 2, 0) / size;
  // x0 + sqrt(0.75 / 0.25) e.
  expect(Math.abs(mean - 1.5)).toBeLessThan(0.1);
  expect(Math.abs(square - (variance + 3))).toBeLessThan(0.2);
  // The last question is asked before that, and all are asked at times in between.
  const signals = denoiser.passes.map(([one]) => diffusion.scales(one!.time).signal ** 2);
  expect(Math.max(...signals)).toBeLessThan(0.25);
  expect(frames.map(({ done }) => done)).toEqual([...Array(99).fill(false), true]);
});

describe("guidance", () => {
  test("1 is no guidance, bit for bit, and asks once; so does having no condition", async () => {
    const denoiser = exactDenoiser(4);
    const guided = await run({ denoiser, condition, guidance: 1 });
    expect(guided).toEqual(await run({ condition }));
    await run({ denoiser, guidance: 5 });
    expect(denoiser.passes.every((requests) => requests.length === 1)).toBe(true);
  });

  test("0 leaves the condition out", async () => {
    expect(last(await run({ condition, guidance: 0 }))).toEqual(last(await run({})));
  });

  test("w moves the mean w times as far, with both questions in one pass", async () => {
    // The two guesses differ by a multiple of the condition, so guidance w is the condition times w.
    const denoiser = exactDenoiser(4);
    const guided = last(await run({ denoiser, condition, guidance: 3 }));
    const plain = last(await run({ condition: condition.map((x) => 3 * x) }));
    plain.forEach((x, i) => expect(guided[i]).toBeCloseTo(x, 9));
    expect(denoiser.passes.every((requests) => requests.length === 2)).toBe(true);
  });
});

test("every guess is bounded, the last one firmly", async () => {
  const calls: boolean[] = [];
  const denoiser: LatentDenoiser = {
    ...exactDenoiser(4),
    bound(guess, firmly) {
      calls.push(firmly);
      return guess.map((x) => Math.min(x, 0));
    },
  };
  const frames = await run({ denoiser, condition: Float64Array.of(9, 9, 9, 9), steps: 3 });
  expect(calls).toEqual([false, false, true]);
  for (const { guess } of frames) expect(Math.max(...guess)).toBe(0);
});

test("wrong options are refused at once, and a signal ends the loop", async () => {
  const options = { denoiser: exactDenoiser(1), steps: 2, key: randomKey(1) };
  expect(() => denoise({ ...options, steps: 0 })).toThrow(
    "denoise: steps must be an integer >= 1, got 0",
  );
  expect(() => denoise({ ...options, eta: 2 })).toThrow(
    "denoise: eta must be a number from 0 to 1, got 2",
  );
  expect(() => denoise({ ...options, clarity: 0 })).toThrow(
    "denoise: clarity must be a number above 0 and at most 1, got 0",
  );
  expect(() => denoise({ ...options, guidance: -1 })).toThrow(
    "denoise: guidance must be a number >= 0, got -1",
  );
  await expect(run({ signal: AbortSignal.abort(new Error("stop")) })).rejects.toThrow("stop");
});
