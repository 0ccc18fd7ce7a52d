/**
 * The bound of masked diffusion, in the SUBS parameterisation (MDLM, Sahoo et al. 2024, equation 10).
 *
 * ```
 * -log p(x0) <= E_t [ weight(t) * sum over masked i of -log p(x0_i | x_t) ],   weight = -alpha' / (1 - alpha)
 * ```
 *
 * For "T h e" at t = 0.5 under alpha = 1 - t: say x_t = "T _ _"; the loss is 2 (-log p(h) - log p(e)).
 * SUBS: the network never proposes the mask (its logit is minus infinity), and places that are not
 * masked carry no loss, since their token is known.
 *
 * @module
 */
import { forbid } from "../model/network.ts";
import { timeFeatureCount, timeFeatures } from "../nn/time.ts";
import {
  crossEntropy,
  floats,
  integers,
  mul,
  randomStream,
  splitKey,
  sum,
} from "../tensor/index.ts";
import type { Key } from "../tensor/index.ts";
import type { Masking } from "./masking.ts";
import { blockLevels, noiseLevels, rowsOf } from "./objective.ts";
import type { Objective, Row } from "./objective.ts";

export interface MaskedOptions {
  readonly maskId: number;
  readonly masking: Masking;
  /**
   * Block diffusion (BD3-LM): windows are cut into blocks of so many places, each with a noise level
   * of its own, and a block sees the clean text of those before it. Default: the window as a whole.
   */
  readonly block?: number | undefined;
  /** True where the plan leaves nothing to chance: blocks of one place that are always masked. */
  readonly exact?: boolean | undefined;
  /** What the network is told of a time in [0, 1]; by default nothing. */
  readonly tell?: ((time: number) => number) | undefined;
  /**
   * The share of batches whose windows are cut to a random length (LLaDA, section 2.2: 1 %), so that
   * the network also learns short texts; a shorter window counts as if its places filled the whole.
   * Batches with given places are never cut: their answers have lengths of their own. Default: none.
   */
  readonly shorten?: number | undefined;
}

export function masked(options: MaskedOptions): Objective {
  const { maskId, masking, tell, shorten = 0, block, exact = false } = options;
  return {
    exact,
    copies: block === undefined ? 1 : 2,
    inputs: (batch, length) => ({
      tokens: { shape: [batch, length], dtype: "int32" },
      targets: { shape: [batch, length], dtype: "int32" },
      weights: { shape: [batch, length], dtype: "float32" },
      ...(tell ? { time: { shape: [batch, timeFeatureCount], dtype: "float32" } } : {}),
      ...(shorten > 0 ? { present: { shape: [batch, length], dtype: "bool" } } : {}),
    }),
    draw(windows, key) {
      const { x0, batch, length } = windows;
      const levels = noiseLevels(windows, key);
      const random = randomStream(splitKey(key, "corrupt"));
      const seen = windows.given ? length : shortLength(length, shorten, splitKey(key, "shorten"));
      const tokens = x0.slice();
      const weights = new Float32Array(x0.length);
      const times = new Float64Array(batch);
      for (const row of rowsOf(windows)) {
        const free = freePlaces(row, seen);
        const start = row.index * length;
        for (const { places, level } of blocksOf(free, levels[row.index]!, length, block)) {
          const { masked: hidden, weight, time } = masking(places.length, level, random);
          places.forEach((place, i) => {
            if (hidden[i] === 0) return;
            tokens[start + place] = maskId;
            weights[start + place] = (weight * length) / free.length;
          });
          times[row.index] = time;
        }
      }
      const shape = [batch, length];
      const present = Uint8Array.from(x0, (_, at) => (at % length < seen ? 1 : 0));
      return {
        tokens: integers(shape, tokens),
        targets: integers(shape, x0),
        weights: floats(shape, weights),
        ...(tell ? { time: timeFeatures(times.map(tell)) } : {}),
        ...(shorten > 0 ? { present: { dtype: "bool", shape, data: present } } : {}),
      };
    },
    losses({ tokens, targets, weights, time, present }, network) {
      const clean = block === undefined ? undefined : targets;
      const logits = forbid(network(tokens!, { time, present, clean }), maskId);
      return sum(mul(weights!, crossEntropy(logits, targets!).loss), [1]);
    },
  };
}

/** Places that share a noise level. */
interface Block {
  readonly places: readonly number[];
  readonly level: number;
}

/** The free places of a row by block. */
function blocksOf(
  free: readonly number[],
  level: number,
  length: number,
  size: number = length,
): Block[] {
  return blockLevels(level, Math.ceil(length / size)).map((own, index) => ({
    places: free.filter((place) => Math.floor(place / size) === index),
    level: own,
  }));
}

/** Places that noise may touch: not given, and before the end of a shortened window. */
function freePlaces({ x0, given }: Row, end: number): number[] {
  return [...x0.keys()].filter((place) => place < end && !given?.[place]);
}

/** The whole length, or with probability `share` a random one. */
function shortLength(length: number, share: number, key: Key): number {
  const random = randomStream(key);
  return random.uniform() < share ? 1 + random.integer(length) : length;
}
