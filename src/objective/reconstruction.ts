/**
 * The first stage of PLANNER (Zhang et al. 2023, section 3.1): a paragraph through few vectors and back.
 *
 * ```
 * loss = - sum over tokens of log p(x_i | x_<i, z) + kl * KL( q(z | x') || N(0, 1) )
 * q(z | x') = N( mean(x'), s^2 ),   s uniform in [0, deviation]
 * ```
 *
 * Two kinds of noise keep the space of latents smooth, so that a diffusion that misses still decodes to a text: x' is x
 * with a share of its tokens replaced by random ones, and z is drawn around what the encoder says. How far is drawn for each
 * paragraph, up to a greatest deviation: by latents with little noise the decoder learns to say a text again, by much
 * noise to write one all the same. A deviation that is learnt grows until z says nothing, long before an
 * untrained decoder has found out that it could listen. With a greatest deviation of 0, z is the mean.
 *
 * A share of the decoder's own tokens is hidden from it (Bowman et al. 2016), so that it learns to read the
 * latents before it has learnt to do without them. Each paragraph draws its share, from none, so that the decoder also
 * learns to go on from what it wrote. Half of the windows are cut to a random length, so that
 * the encoder knows short texts and the decoder learns to end: T h e <end>.
 *
 * @module
 */
import { decode, embedderParameters, encode } from "../model/embedder.ts";
import type { EmbedderConfig } from "../model/embedder.ts";
import { forbid } from "../model/network.ts";
import {
  add,
  crossEntropy,
  floats,
  integers,
  mul,
  randomStream,
  splitKey,
  sum,
} from "../tensor/index.ts";
import type { Key, Tensor, Value } from "../tensor/index.ts";
import { hiddenStates } from "./lesson.ts";
import type { Lesson } from "./lesson.ts";
import { shiftRight } from "./next-token.ts";

export interface ReconstructionOptions {
  readonly config: EmbedderConfig;
  readonly maskId: number;
  readonly endId: number;
  /** The share of tokens that the encoder sees replaced. */
  readonly substitution: number;
  /** The greatest share of tokens that the decoder doesn't see of what it wrote before; every paragraph draws its own. */
  readonly blank: number;
  /** The greatest deviation of latents around what the encoder says; every paragraph draws its own. 0: none. */
  readonly deviation: number;
  /** The weight of the KL. */
  readonly kl: number;
  /** The share of windows that are cut to a random length. */
  readonly shorten: number;
}

/** Paragraphs as the encoder is given them, filled up at their end; all [batch, length]. */
export interface Paragraphs {
  readonly tokens: Value;
  readonly present: Value;
}

/** Texts of at most `length` tokens as the encoder's inputs. */
export function paragraphs(texts: readonly Int32Array[], length: number): Paragraphs {
  const shape = [texts.length, length];
  const tokens = new Int32Array(texts.length * length);
  const present = new Uint8Array(tokens.length);
  for (const [row, text] of texts.entries()) {
    tokens.set(text, row * length);
    present.fill(1, row * length, row * length + text.length);
  }
  return { tokens: integers(shape, tokens), present: { dtype: "bool", shape, data: present } };
}

export function reconstruction(options: ReconstructionOptions): Lesson {
  const { config, maskId, endId, substitution, blank, deviation, kl, shorten } = options;
  const { latents, dimension, encoder, decoder } = config;
  const drawn = deviation > 0;
  return {
    // Without noise a text has one loss: what it costs to say it from its own latents.
    exact: !drawn && [substitution, blank, shorten].every((share) => share === 0),
    parameters: embedderParameters(config),
    hidden: (batch, length) => [
      ...hiddenStates(encoder, batch, length),
      ...hiddenStates(decoder, batch, latents + length),
    ],
    inputs: (batch, length) => ({
      seen: { shape: [batch, length], dtype: "int32" },
      present: { shape: [batch, length], dtype: "bool" },
      tokens: { shape: [batch, length], dtype: "int32" },
      targets: { shape: [batch, length], dtype: "int32" },
      weights: { shape: [batch, length], dtype: "float32" },
      ...(drawn ? { noise: { shape: [batch, latents, dimension], dtype: "float32" } } : {}),
    }),
    draw({ x0, batch, length }, key) {
      const random = randomStream(splitKey(key, "lengths"));
      const seen: Int32Array[] = [];
      const tokens = new Int32Array(batch * length);
      const targets = new Int32Array(batch * length);
      const weights = new Float32Array(batch * length);
      const replaced = substitutes(splitKey(key, "substitute"), substitution, decoder.vocabulary, [
        maskId,
        endId,
      ]);
      const hiding = randomStream(splitKey(key, "blank"));
      for (let row = 0; row < batch; row++) {
        const size = random.uniform() < shorten ? 1 + random.integer(length) : length;
        const text = x0.slice(row * length, row * length + size);
        const ended = Int32Array.of(...text, endId).subarray(0, length);
        seen.push(replaced(text));
        targets.set(ended, row * length);
        const hidden = blank * hiding.uniform();
        const known = ended.map((token) => (hiding.uniform() < hidden ? maskId : token));
        tokens.set(shiftRight(known, endId), row * length);
        // A shorter text counts as if it filled the window, so that all weigh the same.
        weights.fill(length / ended.length, row * length, row * length + ended.length);
      }
      const shape = [batch, length];
      const read = paragraphs(seen, length);
      return {
        seen: read.tokens,
        present: read.present,
        tokens: integers(shape, tokens),
        targets: integers(shape, targets),
        weights: floats(shape, weights),
        ...(drawn
          ? {
              noise: disturbances(splitKey(key, "latents"), deviation, [batch, latents, dimension]),
            }
          : {}),
      };
    },
    losses({ seen, present, tokens, targets, weights: counts, noise }, weights, { dropout }) {
      const read = { tokens: seen!, present: present! };
      const mean = encode(config, weights, read, { dropout });
      const z = noise ? add(mean, noise) : mean;
      const logits = decode(config, weights, { latents: z, tokens: tokens! }, { dropout });
      const { loss } = crossEntropy(forbid(logits, maskId), targets!);
      const text = sum(mul(counts!, loss), [1]);
      return drawn && kl > 0 ? add(text, mul(divergence(mean), kl)) : text;
    },
  };
}

/**
 * What of KL( N(mean, s^2) || N(0, 1) ) = (mean^2 + s^2 - 1 - 2 log s) / 2 the encoder can change: mean^2 / 2, [batch].
 */
function divergence(mean: Tensor): Tensor {
  return mul(sum(mul(mean, mean), [1, 2]), 0.5);
}

/** Replaces each token with a chance of `share` by one of the others but those that no text has. */
export function substitutes(
  key: Key,
  share: number,
  vocabulary: number,
  never: readonly number[],
): (text: Int32Array) => Int32Array {
  const random = randomStream(key);
  const words = Array.from({ length: vocabulary }, (_, id) => id).filter(
    (id) => !never.includes(id),
  );
  return (text) =>
    text.map((token) => (random.uniform() < share ? words[random.integer(words.length)]! : token));
}

/** Normal numbers for the latents of each paragraph, with a deviation of its own, uniform up to the greatest. */
function disturbances(key: Key, greatest: number, shape: readonly [number, number, number]): Value {
  const deviations = randomStream(splitKey(key, "deviations"));
  const { data } = normals(key, shape);
  const [rows, latents, dimension] = shape;
  const disturbed = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const deviation = greatest * deviations.uniform();
    const end = (row + 1) * latents * dimension;
    for (let i = end - latents * dimension; i < end; i++) disturbed[i] = deviation * data[i]!;
  }
  return floats(shape, disturbed);
}

/** Standard normal numbers. */
export function normals(key: Key, shape: readonly number[]): Value {
  const random = randomStream(key);
  const count = shape.reduce((product, size) => product * size, 1);
  return floats(
    shape,
    Float32Array.from({ length: count }, () => random.normal()),
  );
}
