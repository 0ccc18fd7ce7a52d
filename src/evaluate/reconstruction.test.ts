/**
 * AuBLEU in a world where latents are words: word i of a text has number i of its latents, +1 for "up" and -1
 * for "down"; saying latents reads their signs.
 */
import { expect, test } from "vitest";
import { gaussianDiffusion } from "../diffusion/gaussian/diffusion.ts";
import { cosineSquared } from "../diffusion/schedules/cosine-squared.ts";
import type { LatentDenoiser } from "../sample/denoise.ts";
import { randomKey } from "../tensor/index.ts";
import { likeliestGuess, noisyGuess, plannerGuess, reconstruct } from "./reconstruction.ts";

const texts = [Int32Array.of(1, 0, 0, 1, 1, 1), Int32Array.of(0, 1, 0, 0, 1, 0)];
const toLatents = (text: Int32Array): Float64Array =>
  Float64Array.from(text, (word) => 2 * word - 1);
const asked: number[] = [];

/** Knows the first text by heart, and the time it is asked at. */
const denoiser: LatentDenoiser = {
  size: 6,
  diffusion: gaussianDiffusion(cosineSquared({ eps: 0 })),
  times: { first: 0.0005, last: 0.9995 },
  async guess(requests) {
    asked.push(...requests.map(({ time }) => time));
    return requests.map(() => toLatents(texts[0]!));
  },
  bound: (guess) => guess,
};
const options = {
  guess: likeliestGuess,
  texts,
  decode: (tokens: Int32Array) => Array.from(tokens, (word) => (word ? "up" : "down")).join(" "),
  encode: async (some: readonly Int32Array[]) => some.map(toLatents),
  say: async (latents: Float64Array) => Int32Array.from(latents, (x) => (x > 0 ? 1 : 0)),
  alphas: [0, 0.5, 0.9, 1],
  batch: 1,
  key: randomKey(3),
};

test("nothing is lost at full signal, most of it in noise, and the area is that of the curve", async () => {
  const { curve, auBleu } = await reconstruct(options);
  const [noise, half, most, clean] = curve.map(({ bleu }) => bleu);
  expect(clean).toBe(1);
  expect(most).toBeGreaterThan(half!);
  expect(half).toBeGreaterThan(noise!);
  expect(auBleu).toBeCloseTo(
    0.25 * (noise! + half!) + 0.2 * (half! + most!) + 0.05 * (most! + 1),
    12,
  );
});

test("a planner is asked at the times that have these shares of signal, and its guess is what counts", async () => {
  const { curve } = await reconstruct({
    ...options,
    texts: [texts[0]!],
    guess: plannerGuess(denoiser),
  });
  // It knows the text whatever the noise.
  expect(curve.map(({ bleu }) => bleu)).toEqual([1, 1, 1, 1]);
  const shares = asked.map((time) => Math.cos((Math.PI / 2) * time) ** 2);
  [0, 0.5, 0.9].forEach((alpha, i) => expect(shares[i]).toBeCloseTo(alpha, 5));
});

test("latents that stay noisy are said at the scale of clean ones", async () => {
  const said: number[] = [];
  const say = async (latents: Float64Array) => {
    said.push(...latents);
    return options.say(latents);
  };
  const alphas = [0.8];
  const { curve } = await reconstruct({ ...options, say, alphas, guess: noisyGuess });
  // Their signs are those of the likeliest guess, which is as much shorter as noise makes them longer.
  const scaled = await reconstruct({ ...options, say, alphas, guess: likeliestGuess });
  expect(scaled.curve).toEqual(curve);
  said.slice(12).forEach((x, i) => expect(x).toBeCloseTo(0.8 * said[i]!, 12));
  const strange = said
    .slice(0, 12)
    .map((x, i) => x - [...texts].flatMap((t) => [...toLatents(t)])[i]!);
  const variance = strange.reduce((sum, x) => sum + x * x, 0) / 12;
  expect(variance).toBeGreaterThan(0.25 / 3);
  expect(variance).toBeLessThan(0.25 * 3);
});
