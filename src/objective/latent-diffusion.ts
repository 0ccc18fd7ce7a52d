/**
 * The second stage of PLANNER (Zhang et al. 2023, section 3.2): diffusion of a paragraph's latents, given
 * those of the text before it.
 *
 * ```
 * loss = w(t) mean of (z - guess(z_t, t, before))^2,   w = SNR / (k + SNR)^gamma  (P2; alpha(t) by default)
 * ```
 *
 * z is the mean that the encoder of the first stage says, which stays as it is, normalised to mean 0 and
 * variance 1. A window is two paragraphs: the second is to be planned, the end of the first is the text
 * before. In one window of ten it is left out, so that guidance has an unconditional guess to move from.
 *
 * @module
 */
import { gaussianDiffusion, p2Weight } from "../diffusion/gaussian/diffusion.ts";
import type { Moments } from "../diffusion/gaussian/moments.ts";
import type { Schedule } from "../diffusion/schedule.ts";
import { encode } from "../model/embedder.ts";
import type { EmbedderConfig } from "../model/embedder.ts";
import { latentTransformer, latentTransformerParameters } from "../model/latent-transformer.ts";
import type { LatentTransformerConfig } from "../model/latent-transformer.ts";
import { timeFeatureCount, timeFeatures } from "../nn/time.ts";
import {
  add,
  constant,
  div,
  floats,
  mean,
  mul,
  randomStream,
  reshape,
  slice,
  splitKey,
  sub,
} from "../tensor/index.ts";
import type { Tensor, Value } from "../tensor/index.ts";
import { hiddenStates } from "./lesson.ts";
import type { Lesson } from "./lesson.ts";
import { noiseLevels } from "./objective.ts";
import { normals, paragraphs } from "./reconstruction.ts";

export interface LatentDiffusionOptions {
  readonly embedder: EmbedderConfig;
  /** The trained encoder's weights; others may be among them. */
  readonly frozen: Readonly<Record<string, Value>>;
  /** Of the encoder's means, [latents * dimension]. */
  readonly moments: Moments;
  readonly planner: LatentTransformerConfig;
  readonly schedule: Schedule;
  /** The first and the last time: at 0 there is no noise, at 1 no signal to learn from. */
  readonly times: { readonly first: number; readonly last: number };
  /** What the network is told of a time. */
  readonly tell: (time: number) => number;
  /** The share of windows whose text before is left out. */
  readonly forget: number;
}

export function latentDiffusion(options: LatentDiffusionOptions): Lesson {
  const { embedder, planner, frozen, moments, schedule, tell, forget } = options;
  const { first, last } = options.times;
  const { latents, dimension } = embedder;
  const diffusion = gaussianDiffusion(schedule);
  const shape = (batch: number): number[] => [batch, latents, dimension];
  const numbers = (values: ArrayLike<number>): Tensor =>
    constant(floats([1, latents, dimension], Float32Array.from(values)));
  return {
    exact: false,
    parameters: latentTransformerParameters(planner),
    hidden: (batch) => hiddenStates(planner.backbone, batch, 2 * latents),
    inputs: (batch, length) => ({
      texts: { shape: [2 * batch, length / 2], dtype: "int32" },
      present: { shape: [2 * batch, length / 2], dtype: "bool" },
      noise: { shape: shape(batch), dtype: "float32" },
      conditioned: { shape: [batch], dtype: "float32" },
      time: { shape: [batch, timeFeatureCount], dtype: "float32" },
      signals: { shape: [batch, 1, 1], dtype: "float32" },
      noises: { shape: [batch, 1, 1], dtype: "float32" },
      weights: { shape: [batch], dtype: "float32" },
    }),
    draw(windows, key) {
      const { x0, batch, length } = windows;
      const half = length / 2;
      const random = randomStream(splitKey(key, "before"));
      const planned: Int32Array[] = [];
      const before: Int32Array[] = [];
      const conditioned = new Float32Array(batch);
      for (let row = 0; row < batch; row++) {
        const middle = row * length + half;
        planned.push(x0.slice(middle, middle + half));
        conditioned[row] = random.uniform() < forget ? 0 : 1;
        // As long as can be half of the time: then a paragraph follows a whole one.
        const size = random.uniform() < 0.5 ? half : 1 + random.integer(half);
        before.push(x0.slice(middle - size, middle));
      }
      const times = noiseLevels(windows, key).map((level) => first + (last - first) * level);
      const scales = Array.from(times, (t) => diffusion.scales(t));
      const read = paragraphs([...planned, ...before], half);
      return {
        texts: read.tokens,
        present: read.present,
        noise: normals(splitKey(key, "noise"), shape(batch)),
        conditioned: floats([batch], conditioned),
        time: timeFeatures(times.map(tell)),
        signals: column(scales.map(({ signal }) => signal)),
        noises: column(scales.map(({ noise }) => noise)),
        weights: floats(
          [batch],
          Float32Array.from(times, (t) => p2Weight(diffusion.signalToNoise(t))),
        ),
      };
    },
    losses(inputs, weights, { length, dropout }) {
      const { texts, present, noise, conditioned, time, signals, noises, weights: counts } = inputs;
      const batch = noise!.shape[0] as number;
      const encoder = Object.fromEntries(
        Object.entries(frozen).map(([name, value]) => [name, constant(value)]),
      );
      const said = encode(embedder, encoder, { tokens: texts!, present: present! });
      const all = div(sub(said, numbers(moments.mean)), numbers(moments.deviation));
      const [x0, condition] = [slice(all, 0, 0, batch), slice(all, 0, batch, 2 * batch)];
      const noisy = add(mul(signals!, x0), mul(noises!, noise!));
      const guess = latentTransformer(
        planner,
        weights,
        { noisy, time: time!, condition, conditioned: conditioned! },
        { dropout },
      );
      const error = sub(x0, guess);
      const squares = reshape(mul(error, error), [batch, latents * dimension]);
      // For the whole window, so that a mean over its tokens is the mean over the latents' numbers.
      return mul(mul(counts!, mean(squares, [1])), length);
    },
  };
}

const column = (values: readonly number[]): Value =>
  floats([values.length, 1, 1], Float32Array.from(values));
