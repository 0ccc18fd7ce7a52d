/**
 * Gaussian diffusion in a world where everything is known: x0 ~ N(m, v), so E[x0 | x_t] is a line, the
 * flow of the deterministic sampler a ratio of deviations, and every reverse chain again Gaussian.
 */
import { describe, expect, test } from "vitest";
import { randomKey, randomStream } from "../../tensor/random.ts";
import { cosineSquared } from "../schedules/cosine-squared.ts";
import { logLinear } from "../schedules/log-linear.ts";
import { gaussianDiffusion, p2Weight } from "./diffusion.ts";
import { clip, dynamicThreshold, guide } from "./guidance.ts";
import { denormalise, normalise, runningMoments } from "./moments.ts";

const cosine = cosineSquared({ eps: 0 });
const diffusion = gaussianDiffusion(cosine);
const [mean, variance] = [0.7, 0.3];
/** PLANNER's last time: at 1 nothing of the signal is left. */
const [last, first] = [0.9995, 0];

/** The exact E[x0 | x_t] of N(mean, variance). */
function posteriorMean(xt: number, t: number): number {
  const { signal, noise } = diffusion.scales(t);
  const total = signal ** 2 * variance + noise ** 2;
  return mean + ((signal * variance) / total) * (xt - signal * mean);
}

const timesOf = (steps: number): number[] =>
  Array.from({ length: steps + 1 }, (_, i) => last + (first - last) * (i / steps));

/** Samples by the exact denoiser, all from their own start. */
function sampled(start: Float64Array, steps: number, eta: number, seed = 1): Float64Array {
  const random = randomStream(randomKey(seed));
  const times = timesOf(steps);
  let x = start;
  for (let i = 0; i < steps; i++) {
    const [t, s] = [times[i]!, times[i + 1]!];
    const x0 = x.map((xt) => posteriorMean(xt, t));
    x = diffusion.reverse({ xt: x, x0, s, t, eta, normal: () => random.normal() });
  }
  return x;
}

const normals = (count: number, seed: number): Float64Array => {
  const random = randomStream(randomKey(seed));
  return Float64Array.from({ length: count }, () => random.normal());
};

const momentsOf = (values: Float64Array): { mean: number; variance: number } => {
  const average = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((sum, x) => sum + (x - average) ** 2, 0);
  return { mean: average, variance: squares / values.length };
};

describe("the process", () => {
  test("keeps the variance, and its worked example holds", () => {
    for (const t of [0, 0.1, 0.5, 0.9995, 1]) {
      const { signal, noise } = diffusion.scales(t);
      expect(signal ** 2 + noise ** 2).toBeCloseTo(1, 12);
      expect(signal).toBeCloseTo(Math.cos((Math.PI / 2) * t), 12);
    }
    const fixed = gaussianDiffusion({ alpha: () => 0.64 });
    const xt = fixed.corrupt(Float64Array.of(1, 0, -1), Float64Array.of(0.5, -0.5, 0), 0.5);
    [1.1, -0.3, -0.8].forEach((want, i) => expect(xt[i]).toBeCloseTo(want, 12));
  });

  test.each([
    [0, 0.3],
    [0.2, 0.3],
    [0.5, 0.9],
    [0.01, 0.9995],
  ])("q(x_%f | x_%f, x0) is Bayes' rule of two Gaussians", (s, t) => {
    for (const process of [diffusion, gaussianDiffusion(logLinear())]) {
      const [at, from] = [process.scales(s), process.scales(t)];
      // The forward step from s to t, and the prior q(x_s | x0), multiplied as precisions.
      const step = from.signal / at.signal;
      const added = from.noise ** 2 - step ** 2 * at.noise ** 2;
      const wanted = {
        fromClean: (at.signal * added) / from.noise ** 2,
        fromNoisy: (step * at.noise ** 2) / from.noise ** 2,
        deviation: Math.sqrt((at.noise ** 2 * added) / from.noise ** 2),
      };
      const found = process.posterior(s, t);
      expect(found.fromClean).toBeCloseTo(wanted.fromClean, 12);
      expect(found.fromNoisy).toBeCloseTo(wanted.fromNoisy, 7);
      expect(found.deviation).toBeCloseTo(wanted.deviation, 12);
    }
  });

  test("an ancestral step draws from the posterior", () => {
    const [s, t, xt, x0] = [0.4, 0.6, -0.5, 1.2];
    const { fromClean, fromNoisy, deviation } = diffusion.posterior(s, t);
    const step = (value: number) =>
      diffusion.reverse({
        xt: Float64Array.of(xt),
        x0: Float64Array.of(x0),
        s,
        t,
        eta: 1,
        normal: () => value,
      })[0]!;
    expect(step(0)).toBeCloseTo(fromClean * x0 + fromNoisy * xt, 12);
    expect(step(1) - step(0)).toBeCloseTo(deviation, 12);
  });

  test("the last step is the guess itself", () => {
    const x0 = Float64Array.of(0.3, -2);
    const xt = Float64Array.of(1, 1);
    for (const eta of [0, 1]) {
      const end = diffusion.reverse({ xt, x0, s: 0, t: 0.02, eta, normal: () => 1 });
      x0.forEach((x, i) => expect(end[i]).toBeCloseTo(x, 12));
    }
  });

  test("times must fall", () => {
    for (const [s, t] of [
      [0.5, 0.5],
      [0.6, 0.5],
      [-0.1, 0.5],
      [0.5, 1.1],
    ] as const)
      expect(() => diffusion.posterior(s, t)).toThrow(
        `gaussian diffusion: times must satisfy 0 <= s < t <= 1, got ${s} and ${t}`,
      );
  });

  test("P2 with k = gamma = 1 weighs the squared error of x0 by alpha", () => {
    for (const t of [0.01, 0.3, 0.7, 0.99])
      expect(p2Weight(diffusion.signalToNoise(t))).toBeCloseTo(cosine.alpha(t), 12);
    // Without P2 it is the error of the noise: e - e' = (x0' - x0) signal / noise.
    const { signal, noise } = diffusion.scales(0.3);
    expect(p2Weight(diffusion.signalToNoise(0.3), { gamma: 0 })).toBeCloseTo(
      (signal / noise) ** 2,
      12,
    );
  });
});

describe("sampling with the exact denoiser", () => {
  const starts = normals(20_000, 3);

  test("DDIM follows the flow: 1,000 and 50 steps agree with its closed form", () => {
    const { signal, noise } = diffusion.scales(last);
    const ratio = Math.sqrt(variance / (signal ** 2 * variance + noise ** 2));
    const some = starts.subarray(0, 50);
    const exact = some.map((x) => mean + ratio * (x - signal * mean));
    const error = (steps: number): number =>
      sampled(some, steps, 0).reduce((most, x, i) => Math.max(most, Math.abs(x - exact[i]!)), 0);
    expect(error(1000)).toBeLessThan(5e-3);
    expect(error(50)).toBeLessThan(0.1);
    // A method of first order: twenty times the steps, about a twentieth of the error.
    expect(error(50) / error(1000)).toBeGreaterThan(10);
  });

  test("ancestral sampling gives the mean and the variance of the data", () => {
    const end = momentsOf(sampled(starts, 200, 1));
    // Standard errors of 20,000 draws, and the chain's own error of order 1 / steps.
    expect(Math.abs(end.mean - mean)).toBeLessThan(0.02);
    expect(Math.abs(end.variance - variance)).toBeLessThan(0.015);
  });

  test("few ancestral steps have exactly the variance that the chain of Gaussians has", () => {
    const times = timesOf(5);
    let [m, v] = [0, 1];
    for (let i = 0; i < 5; i++) {
      const [t, s] = [times[i]!, times[i + 1]!];
      const { fromClean, fromNoisy, deviation } = diffusion.posterior(s, t);
      // The guess is a line in x_t, so that x_s is one too, and a draw.
      const slope = posteriorMean(1, t) - posteriorMean(0, t);
      const total = fromClean * slope + fromNoisy;
      m = fromClean * posteriorMean(0, t) + total * m;
      v = total ** 2 * v + deviation ** 2;
    }
    const end = momentsOf(sampled(starts, 5, 1));
    expect(Math.abs(end.mean - m)).toBeLessThan(5 * Math.sqrt(v / starts.length));
    expect(Math.abs(end.variance / v - 1)).toBeLessThan(5 * Math.sqrt(2 / starts.length));
    expect(v).toBeLessThan(variance);
  });
});

describe("guidance", () => {
  const given = Float64Array.of(2, 0);
  const without = Float64Array.of(1, 1);

  test("weight 1 is the conditional guess, bit for bit; 0 the unconditional one", () => {
    const odd = Float64Array.of(0.1, -0.3);
    expect(guide(odd, Float64Array.of(1e9, 7), 1)).toEqual(odd);
    expect(guide(given, without, 0)).toEqual(without);
    expect([...guide(given, without, 3)]).toEqual([4, -2]);
  });

  test("a threshold leaves what lies in the data's range, and clips what a quantile leaves out", () => {
    const inside = Float64Array.of(0.5, -0.9, 1);
    expect(dynamicThreshold(inside, { range: 1, quantile: 0.995 })).toEqual(inside);
    expect([...dynamicThreshold(Float64Array.of(0.5, -3, 1), { range: 1, quantile: 0.5 })]).toEqual(
      [0.5, -1, 1],
    );
    // Magnitudes 1, 2, 3, 4, 5: three quarters lie below 4.
    const far = Float64Array.of(1, -2, 3, -4, 5);
    expect([...dynamicThreshold(far, { range: 1, quantile: 0.75 })]).toEqual([1, -2, 3, -4, 4]);
    expect([...clip(far, 2)]).toEqual([1, -2, 2, -2, 2]);
  });
});

test("running moments are those of all vectors, and normalising undoes itself", () => {
  const values = normals(300, 5).map((x) => 100 + 3 * x);
  const running = runningMoments(2);
  for (let i = 0; i < values.length; i++) running.add([values[i]!, 4]);
  const found = running.moments();
  const whole = momentsOf(values);
  expect(found.mean[0]).toBeCloseTo(whole.mean, 10);
  expect(found.deviation[0]! ** 2).toBeCloseTo(whole.variance, 10);
  expect(found.mean[1]).toBe(4);
  const back = denormalise(normalise([97, 4.5], found), found);
  expect(back[0]).toBeCloseTo(97, 10);
  expect(back[1]).toBeCloseTo(4.5, 10);
});
