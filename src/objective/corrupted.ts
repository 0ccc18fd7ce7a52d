/**
 * The cross-entropy of corrupted places (DiffusionGemma, Google DeepMind 2026, as its fine-tuning code has it): a
 * block of text, a share of whose tokens noise has replaced, and what those were.
 *
 * ```
 * loss of a block = places * mean over its corrupted places of -log p(x0_i | x_t, the clean text before the block)
 * ```
 *
 * A place counts as corrupted also where noise drew the token that had been there. What stands at a corrupted
 * place says nothing of what stood there, so the network learns p(x0_i | all other places): the same that the
 * bound of uniform diffusion asks of it (`score-entropy.ts`). As a loss it is no bound.
 *
 * For "T h e" at t = 0.5: say x_t = "T q e" with the last two corrupted; the loss is 3 / 2 (-log p(h) - log p(e)).
 *
 * @module
 */
import { mixtureBetween } from "../diffusion/process.ts";
import type { Process } from "../diffusion/process.ts";
import { forbid } from "../model/network.ts";
import {
  crossEntropy,
  floats,
  integers,
  mul,
  randomStream,
  splitKey,
  sum,
} from "../tensor/index.ts";
import { blockLevels, noiseLevels, rowsOf } from "./objective.ts";
import type { Objective } from "./objective.ts";
import { leastTime } from "./score-entropy.ts";

export interface CorruptedOptions {
  /** Replaces tokens; without a mask. */
  readonly process: Process;
  /** Places of a block; each has a noise level of its own, and sees the clean text of those before it. */
  readonly block: number;
}

export function corrupted({ process, block }: CorruptedOptions): Objective {
  const { maskId } = process.states;
  return {
    exact: false,
    copies: 2,
    inputs: (batch, length) => ({
      tokens: { shape: [batch, length], dtype: "int32" },
      targets: { shape: [batch, length], dtype: "int32" },
      weights: { shape: [batch, length], dtype: "float32" },
    }),
    draw(windows, key) {
      const { x0, batch, length } = windows;
      const levels = noiseLevels(windows, key);
      const random = randomStream(splitKey(key, "corrupt"));
      const tokens = x0.slice();
      const weights = new Float32Array(x0.length);
      for (const { index, given, scale } of rowsOf(windows)) {
        blockLevels(levels[index]!, Math.ceil(length / block)).forEach((level, at) => {
          const time = leastTime + (1 - leastTime) * level;
          const { keep } = mixtureBetween(process, 0, time);
          const noise = process.prior(block, random);
          const inside = Array.from({ length: block }, (_, i) => at * block + i);
          const free = inside.filter((place) => place < length && !given?.[place]);
          const hit = free.filter(() => random.uniform() >= keep);
          for (const place of hit) {
            tokens[index * length + place] = noise[place - at * block]!;
            weights[index * length + place] = (free.length / hit.length) * scale;
          }
        });
      }
      const shape = [batch, length];
      return {
        tokens: integers(shape, tokens),
        targets: integers(shape, x0),
        weights: floats(shape, weights),
      };
    },
    losses({ tokens, targets, weights }, network) {
      const logits = forbid(network(tokens!, { clean: targets }), maskId);
      return sum(mul(weights!, crossEntropy(logits, targets!).loss), [1]);
    },
  };
}
