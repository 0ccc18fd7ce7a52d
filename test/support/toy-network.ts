/** A random network on 3 tokens and texts of length 3, small enough that everything can be enumerated. */
import { cpuRuntime } from "unmask/node";
import { transformerConfig } from "../../src/model/sizes.ts";
import type { AttentionPattern } from "../../src/nn/attention-mask.ts";
import { loudWeights } from "./loud-weights.ts";

/** The mask is the last id; the end is an ordinary token of this world. */
export const toy = { vocabulary: 4, maskId: 3, endId: 0, length: 3 } as const;

/** Weights so large that every place matters. */
export function toyNetwork(attention: AttentionPattern, vocabulary: number = toy.vocabulary) {
  const { maskId, length } = toy;
  const config = transformerConfig({ layers: 1, heads: 2, width: 16 }, { vocabulary, attention });
  const runtime = cpuRuntime({ threads: 1 });
  return {
    runtime,
    config,
    weights: loudWeights(config, { deviation: 0.6, seed: 2 }),
    maskId,
    window: length,
  };
}
