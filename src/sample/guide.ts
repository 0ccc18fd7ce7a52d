/**
 * Classifier-free guidance: the given text is made to count for more (Ho and Salimans, 2022; for masked
 * diffusion LLaDA, Nie et al., 2025, and Schiff et al., 2024). The model is asked twice, with and
 * without the given text, and what the given text changes is added once more for each unit of scale:
 *
 *     log p = unconditional + (scale + 1) (conditional - unconditional),  normalised again
 *
 * Two tokens, conditional (0.8, 0.2), unconditional (0.5, 0.5), scale 1: in proportion to
 * 0.8^2 / 0.5 and 0.2^2 / 0.5, that is (0.94, 0.06).
 *
 * @module
 */
import { logSoftmax } from "../diffusion/categorical.ts";
import { UnmaskError } from "../errors.ts";
import type { Denoiser } from "./denoiser.ts";

/** Options of {@link guided}. */
export interface GuidedOptions {
  readonly denoiser: Denoiser;
  /** How much more the given text counts, >= 0; 0 = as the model has it. */
  readonly scale: number;
  /** The canvas that the model is asked about beside each canvas: see {@link withoutGiven}. */
  readonly unconditional: (canvas: Int32Array) => Int32Array;
}

/**
 * The model with guidance, at twice the cost: both questions go in the same batch of a `batched` model.
 *
 * Log-scores (SEDD) are combined in the same way, but not normalised, as they are no law.
 *
 * @throws UnmaskError "usage" for a negative scale, or a model whose noise has no mask.
 * @example
 * ```ts
 * const unconditional = withoutGiven(canvas, denoiser.maskId);
 * sample({ denoiser: guided({ denoiser, scale: 1.5, unconditional }), canvas, ... });
 * ```
 */
export function guided({ denoiser, scale, unconditional }: GuidedOptions): Denoiser {
  const { process, vocabulary, maskId, answers } = denoiser;
  if (!(scale >= 0 && scale < Infinity))
    throw new UnmaskError("usage", `guidance: the scale must be a number >= 0, got ${scale}`);
  if (process && process.noise[maskId] === 0)
    throw new UnmaskError(
      "usage",
      `guidance: needs a model that knows the mask, got the process ${process.name}, which has none; leave it out`,
    );
  if (scale === 0) return denoiser;
  return {
    ...denoiser,
    // What guidance makes of two laws hangs on every token.
    survey: undefined,
    async predict(request) {
      const [given, free] = await Promise.all([
        denoiser.predict(request),
        denoiser.predict({ ...request, canvas: unconditional(request.canvas) }),
      ]);
      const rows = new Float32Array(given.length);
      for (let start = 0; start < rows.length; start += vocabulary) {
        const end = start + vocabulary;
        const row = extrapolate(given.subarray(start, end), free.subarray(start, end), scale);
        rows.set(answers === "score" ? row : logSoftmax(row), start);
      }
      return rows;
    },
  };
}

/** Masks what a canvas gave at its start, and shows what has been written since (LLaDA's choice). */
export function withoutGiven(
  start: Int32Array,
  maskId: number,
): (canvas: Int32Array) => Int32Array {
  return (canvas) => canvas.map((token, place) => (start[place] === maskId ? token : maskId));
}

/** The least log-probability: below float32's smallest number, where 0 stands for a little more. */
const least = -104;

function extrapolate(given: Float32Array, free: Float32Array, scale: number): Float64Array {
  return Float64Array.from(given, (logProb, token) => {
    // What is impossible stays so; the mask among it.
    if (logProb === -Infinity) return logProb;
    const other = Math.max(least, free[token]!);
    return other + (scale + 1) * (logProb - other);
  });
}
