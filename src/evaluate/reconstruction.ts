/**
 * How well paragraphs survive noise on their latents: reconstruction BLEU, and AuBLEU (PLANNER, Zhang et al.
 * 2023), the area under the curve of BLEU over alpha, the share of the latents' variance that is signal.
 *
 * ```
 * z_t = sqrt(alpha) z + sqrt(1 - alpha) e  ->  a guess of z  ->  words  ->  BLEU against the paragraph
 * ```
 *
 * At alpha = 1 nothing is disturbed: that point is the reconstruction BLEU. The guess is the planner's, from
 * one pass that knows nothing of the text before; or `sqrt(alpha) z_t`, the best guess of somebody who knows
 * of the latents only that they have mean 0 and variance 1, which measures the embedder alone. Or z_t is said as it is, at
 * the scale of latents: as much as a plan says that gets no clearer.
 *
 * @module
 */
import { timeAt, unscaled } from "../sample/denoise.ts";
import type { LatentDenoiser } from "../sample/denoise.ts";
import { randomStream, splitKey } from "../tensor/index.ts";
import type { Key } from "../tensor/index.ts";
import { areaUnder, bleu } from "./bleu.ts";
import { inGroups } from "./in-groups.ts";

/** What is to be said of latents of which a share alpha is signal. */
export type LatentGuess = (
  noisy: Float64Array,
  alpha: number,
) => Float64Array | Promise<Float64Array>;

/** The best guess of somebody who knows only that latents have mean 0 and variance 1. */
export const likeliestGuess = (noisy: Float64Array, alpha: number): Float64Array =>
  noisy.map((x) => Math.sqrt(alpha) * x);

/** The noisy latents themselves, at the scale of clean ones; there is none where nothing is signal. */
export const noisyGuess: LatentGuess = unscaled;

/** The planner's, from one pass, brought into range. */
export const plannerGuess =
  (denoiser: LatentDenoiser): LatentGuess =>
  async (xt, alpha) => {
    const [guess] = await denoiser.guess([
      { xt, time: timeAt(denoiser, alpha), condition: undefined },
    ]);
    return denoiser.bound(guess!, true);
  };

export interface ReconstructionOptions {
  /** Paragraphs, as tokens. */
  readonly texts: readonly Int32Array[];
  readonly decode: (tokens: Int32Array) => string;
  /** Texts to normalised latents. */
  readonly encode: (texts: readonly Int32Array[]) => Promise<readonly Float64Array[]>;
  /** Latents in words. */
  readonly say: (latents: Float64Array) => Promise<Int32Array>;
  /** What is said of disturbed latents. */
  readonly guess: LatentGuess;
  /** Where the curve is measured, rising from 0 to 1. */
  readonly alphas: readonly number[];
  /** Texts that are worked on together. */
  readonly batch: number;
  readonly key: Key;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((texts: number, of: number) => void) | undefined;
}

export interface Reconstruction {
  /** BLEU from 0 to 1 at each alpha. */
  readonly curve: readonly { readonly alpha: number; readonly bleu: number }[];
  /** Area under it, from 0 to 1. */
  readonly auBleu: number;
  readonly texts: number;
}

/** Measures the curve: the same noise for a text at every alpha. */
export async function reconstruct(options: ReconstructionOptions): Promise<Reconstruction> {
  const { texts, alphas, batch, decode, say, key, signal } = options;
  const latents: Float64Array[] = [];
  for (let start = 0; start < texts.length; start += batch)
    latents.push(...(await options.encode(texts.slice(start, start + batch))));

  const curve: { alpha: number; bleu: number }[] = [];
  let done = 0;
  for (const alpha of alphas) {
    const pairs = await inGroups(latents, batch, async (z, index) => {
      signal?.throwIfAborted();
      const random = randomStream(splitKey(key, "noise", index));
      const noisy = z.map((x) => Math.sqrt(alpha) * x + Math.sqrt(1 - alpha) * random.normal());
      const guess = alpha === 1 ? z : await options.guess(noisy, alpha);
      const text = decode(await say(guess));
      options.progress?.((done += 1), texts.length * alphas.length);
      return { text, reference: decode(texts[index]!) };
    });
    curve.push({ alpha, bleu: bleu(pairs) });
  }
  const auBleu = areaUnder(curve.map(({ alpha: x, bleu: y }) => ({ x, y })));
  return { curve, auBleu, texts: texts.length };
}
