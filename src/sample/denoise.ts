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
  /** What the model now takes for the clean vector. */
  readonly guess: Float64Array;
  /** Forward passes so far. */
  readonly passes: number;
  readonly done: boolean;
}

/**
 * Samples a vector, with a frame for each guess; the last guess is the sample.
 *
 * @throws UnmaskError "usage" at once for options that make no sense.
 */
export function denoise(options: DenoiseOptions): AsyncGenerator<LatentFrame, void, undefined> {
  const { steps, eta = 0, guidance = 1 } = options;
  const wrong = (what: string): never => {
    throw new UnmaskError("usage", `denoise: ${what}`);
  };
  if (!Number.isInteger(steps) || steps < 1) wrong(`steps must be an integer >= 1, got ${steps}`);
  if (!(eta >= 0 && eta <= 1)) wrong(`eta must be a number from 0 to 1, got ${eta}`);
  if (!(guidance >= 0 && guidance < Infinity))
    wrong(`guidance must be a number >= 0, got ${guidance}`);
  return frames({ ...options, eta, guidance });
}

async function* frames(
  options: DenoiseOptions & { readonly eta: number; readonly guidance: number },
): AsyncGenerator<LatentFrame, void, undefined> {
  const { denoiser, steps, eta, key, signal } = options;
  const { first, last } = denoiser.times;
  const start = randomStream(splitKey(key, "noise"));
  const fresh = randomStream(splitKey(key, "steps"));
  let xt: Float64Array = Float64Array.from({ length: denoiser.size }, () => start.normal());
  for (let step = 1; step <= steps; step++) {
    signal?.throwIfAborted();
    const time = (at: number): number => last + (first - last) * (at / steps);
    const [t, s] = [time(step - 1), time(step)];
    const done = step === steps;
    const x0 = denoiser.bound(await guided(options, xt, t), done);
    yield { step, guess: x0, passes: step, done };
    xt = denoiser.diffusion.reverse({ xt, x0, s, t, eta, normal: () => fresh.normal() });
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
