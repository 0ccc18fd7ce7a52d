/**
 * A perfect model of a toy world: the exact conditionals of any joint law over all texts of a small
 * vocabulary and length. With it, the law of a sampler can be computed and compared with its
 * frequencies, and a bound can be compared with the exact likelihood.
 *
 * Two tokens, length 2, law p(00) = 1/2, p(11) = 1/2: asked about place 0 of an empty canvas it says
 * (1/2, 1/2); once place 1 holds a 1 it says (0, 1).
 *
 * @module
 */
import type { Process } from "../diffusion/process.ts";
import { UnmaskError } from "../errors.ts";
import type { Denoiser } from "../sample/denoiser.ts";
import { logNormalised } from "./denoisers.ts";

/** A joint law over texts. */
export interface EnumeratedOptions {
  /** Number of real tokens; the mask is one more id, and the last: `tokens`. */
  readonly tokens: number;
  readonly length: number;
  /** Weight of each text, >= 0, [tokens ** length], in the order of {@link enumerateTexts}. */
  readonly law: ArrayLike<number>;
}

/**
 * The model whose answers are p(x0 at a place | all revealed tokens) under a joint law. If the
 * revealed tokens are impossible under the law, it answers uniformly.
 */
export function enumeratedDenoiser({ tokens, length, law }: EnumeratedOptions): Denoiser {
  const texts = enumerateTexts(tokens, length);
  if (law.length !== texts.length) {
    throw new UnmaskError(
      "usage",
      `enumeratedDenoiser: the law must have ${texts.length} weights (${tokens} tokens, length ${length}), got ${law.length}`,
    );
  }
  const vocabulary = tokens + 1;
  const maskId = tokens;
  return {
    vocabulary,
    maskId,
    maxLength: length,
    predict: async ({ canvas, places }) => {
      const weights = Array.from(places, () => new Float64Array(vocabulary));
      texts.forEach((text, index) => {
        if (!canvas.every((token, i) => token === maskId || token === text[i])) return;
        places.forEach((place, i) => (weights[i]![text[place]!]! += law[index]!));
      });
      const rows = new Float32Array(places.length * vocabulary);
      weights.forEach((row, i) => {
        if (row.every((weight) => weight === 0)) row.fill(1, 0, tokens);
        rows.set(logNormalised(row), i * vocabulary);
      });
      return rows;
    },
  };
}

/** Options of {@link looDenoiser}. */
export interface LooOptions extends EnumeratedOptions {
  /** What made noise of the texts; the mask is the state `tokens`. */
  readonly process: Process;
}

/**
 * The model whose answers are p(x0 at a place | what stands at all other places, at a time) under a joint law and
 * a forward process: leave one out. For processes without a mask, whose tokens may all be noise.
 *
 * Law p(00) = p(11) = 1/2, uniform noise with alpha = 0.6: place 1 holds a 1 with chance 0.8 if it was one, and
 * 0.2 if not, so p(x0 at place 0 = 1) = 0.8.
 */
export function looDenoiser({ tokens, length, law, process }: LooOptions): Denoiser {
  const texts = enumerateTexts(tokens, length);
  const vocabulary = tokens + 1;
  return {
    vocabulary,
    maskId: tokens,
    maxLength: length,
    process,
    predict: async ({ canvas, places, time }) => {
      const become = Array.from({ length: tokens }, (_, token) => process.marginal(token, time));
      const rows = new Float32Array(places.length * vocabulary);
      places.forEach((place, i) => {
        const weights = new Float64Array(vocabulary);
        texts.forEach((text, index) => {
          const others = text.reduce(
            (p, token, at) => (at === place ? p : p * become[token]![canvas[at]!]!),
            law[index]!,
          );
          weights[text[place]!]! += others;
        });
        rows.set(logNormalised(weights), i * vocabulary);
      });
      return rows;
    },
  };
}

/** All texts of a length, [tokens ** length][length]; the last place counts fastest. */
export function enumerateTexts(tokens: number, length: number): readonly Int32Array[] {
  return Array.from({ length: tokens ** length }, (_, index) => {
    let rest = index;
    const text = new Int32Array(length);
    for (let place = length - 1; place >= 0; place--) {
      text[place] = rest % tokens;
      rest = Math.floor(rest / tokens);
    }
    return text;
  });
}

/** The number of a text in the order of {@link enumerateTexts}. */
export function textIndex(text: ArrayLike<number>, tokens: number): number {
  return Array.from(text).reduce((index, token) => index * tokens + token, 0);
}
