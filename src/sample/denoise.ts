/**
 * Sampling of vectors: from noise back to a clean vector, guess by guess. The counterpart of `sample()`
 * for models whose canvas is not tokens but numbers; `plan.ts` turns its frames into texts.
 *
 * @module
 */
import type { GaussianDiffusion } from "../diffusion/gaussian/diffusion.ts";
import { guide } from "../diffusion/gaussian/guidance.ts";
import { UnmaskError } from "../errors.ts";
import { randomStream, splitKey } from "../tensor/random.ts";
import type { Key } from "../tensor/random.ts";

/** A question: what is the clean vector of which this is a noisy one? */
export interface LatentRequest {
  readonly xt: Float64Array;
  readonly time: number;
  /** What it is to follow, as the model encodes it; undefined: nothing is known. */
  readonly condition: Float64Array | undefined;
}

/** A model of vectors, seen from the sampler. All of them are normalised. */
export interface LatentDenoiser {
  /** Numbers of a vector. */
  readonly size: number;
  readonly diffusion: GaussianDiffusion;
  /** The first and the last time that it was trained on. */
  readonly times: { readonly first: number; readonly last: number };
  /** A guess for each question, in one forward pass. */
  guess(requests: readonly LatentRequest[]): Promise<readonly Float64Array[]>;
  /** Brings a guess into the range of data, loosely while sampling goes on and firmly at its end. */
  bound(guess: Float64Array, last: boolean): Float64Array;
}

export interface DenoiseOptions {
  readonly denoiser: LatentDenoiser;
  readonly steps: number;
  /** 0: DDIM; 1: ancestral; between them, a part of the noise is drawn anew. Default 0. */
  readonly eta?: number | undefined;
  /**
   * The share of signal at which denoising ends, above 0. 1: at the end. Below, what is left of the noise stays in the sample,
   * for a decoder that has learnt to say noisy vectors. Default 1.
   */
  readonly clarity?: number | undefined;
  readonly condition?: Float64Array | undefined;
  /** How much the condition counts: 0 not at all, 1 as the model has it. Default 1. */
  readonly guidance?: number | undefined;
  readonly key: Key;
  readonly signal?: AbortSignal | undefined;
}

/** The state after a step. */
export interface LatentFrame {
  /** Counted from 1: before the first there is only noise. */
  readonly step: number;
  /** What the model now takes for the clean vector; in the last frame, the sample. */
  readonly guess: Float64Array;
  /** Forward passes so far. */
  readonly passes: number;
  readonly done: boolean;
}

/** The time at which a diffusion has this share of signal, within the times that it was trained on. */
export function timeAt(
  { diffusion, times }: Pick<LatentDenoiser, "diffusion" | "times">,
  signal: number,
): number {
  let [low, high] = [times.first, times.last];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (diffusion.scales(middle).signal ** 2 > signal) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** x0 + sqrt((1 - alpha) / alpha) e: a noisy vector at the scale of clean ones. */
export const unscaled = (xt: Float64Array, alpha: number): Float64Array =>
  xt.map((x) => x / Math.sqrt(alpha));

/**
 * Samples a vector, with a frame for each guess. The last guess is the sample; with a clarity below 1 that is where denoising
 * ends, x0 + noise of the variance (1 - clarity) / clarity.
 *
 * @throws UnmaskError "usage" at once for options that make no sense.
 */
export function denoise(options: DenoiseOptions): AsyncGenerator<LatentFrame, void, undefined> {
  const { steps, eta = 0, guidance = 1, clarity = 1 } = options;
  const wrong = (what: string): never => {
    throw new UnmaskError("usage", `denoise: ${what}`);
  };
  if (!Number.isInteger(steps) || steps < 1) wrong(`steps must be an integer >= 1, got ${steps}`);
  if (!(eta >= 0 && eta <= 1)) wrong(`eta must be a number from 0 to 1, got ${eta}`);
  if (!(guidance >= 0 && guidance < Infinity))
    wrong(`guidance must be a number >= 0, got ${guidance}`);
  if (!(clarity > 0 && clarity <= 1))
    wrong(`clarity must be a number above 0 and at most 1, got ${clarity}`);
  return frames({ ...options, eta, guidance, clarity });
}

type Complete = DenoiseOptions & Record<"eta" | "guidance" | "clarity", number>;

async function* frames(options: Complete): AsyncGenerator<LatentFrame, void, undefined> {
  const { denoiser, steps, eta, clarity, key, signal } = options;
  const { first, last } = denoiser.times;
  const whole = clarity === 1;
  const end = whole ? first : timeAt(denoiser, clarity);
  const start = randomStream(splitKey(key, "noise"));
  const fresh = randomStream(splitKey(key, "steps"));
  let xt: Float64Array = Float64Array.from({ length: denoiser.size }, () => start.normal());
  for (let step = 1; step <= steps; step++) {
    signal?.throwIfAborted();
    const time = (at: number): number => last + (end - last) * (at / steps);
    const [t, s] = [time(step - 1), time(step)];
    const done = step === steps;
    const x0 = denoiser.bound(await guided(options, xt, t), done && whole);
    xt = denoiser.diffusion.reverse({ xt, x0, s, t, eta, normal: () => fresh.normal() });
    yield { step, guess: done && !whole ? unscaled(xt, clarity) : x0, passes: step, done };
  }
}

/** The guess, asked for with and without the condition where the two count differently. */
async function guided(
  { denoiser, condition, guidance }: DenoiseOptions & { readonly guidance: number },
  xt: Float64Array,
  time: number,
): Promise<Float64Array> {
  const ask = (...conditions: (Float64Array | undefined)[]) =>
    denoiser.guess(conditions.map((one) => ({ xt, time, condition: one })));
  if (condition === undefined || guidance === 1) return (await ask(condition))[0]!;
  const [given, without] = await ask(condition, undefined);
  return guide(given!, without!, guidance);
}
