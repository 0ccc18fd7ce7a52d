/**
 * Named sizes of the one recipe.
 *
 * @module
 */
import { lookUp } from "../errors.ts";
import type { TransformerConfig } from "./transformer.ts";

export interface Size {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  /** Peak learning rate that suits it. */
  readonly learningRate: number;
}

/** About 0.1, 1, 5, 25 and 85 million parameters, embeddings apart. */
export const sizes: Readonly<Record<string, Size>> = {
  nano: { layers: 2, heads: 4, width: 64, learningRate: 4e-3 },
  micro: { layers: 5, heads: 4, width: 128, learningRate: 2e-3 },
  mini: { layers: 6, heads: 8, width: 256, learningRate: 1e-3 },
  small: { layers: 8, heads: 8, width: 512, learningRate: 6e-4 },
  base: { layers: 12, heads: 12, width: 768, learningRate: 3e-4 },
};

export const sizeOf = (name: string): Size => lookUp("size", name, sizes);

/** Width of the time condition, as in MDLM and SEDD. */
const conditionWidth = 128;

/** A size's transformer, with the project's defaults for everything else. */
export function transformerConfig(
  size: Pick<Size, "layers" | "heads" | "width"> & Pick<TransformerConfig, "quantized">,
  options: Pick<TransformerConfig, "vocabulary" | "attention"> & {
    /** Whether the network is told the time. */
    readonly timed?: boolean | undefined;
    /** Whether an output is about the next place. */
    readonly predictsNext?: boolean | undefined;
    /** Whether the network can be given what it thought before. */
    readonly selfConditions?: boolean | undefined;
  },
): TransformerConfig {
  const { layers, heads, width, quantized } = size;
  const { vocabulary, attention, timed = false, predictsNext, selfConditions } = options;
  return {
    vocabulary,
    attention,
    layers,
    heads,
    keyValueHeads: heads,
    width,
    hidden: 4 * width,
    norm: "layer",
    normEpsilon: 1e-5,
    mlp: "gelu",
    mlpBias: false,
    rotaryBase: 10_000,
    tied: false,
    conditionWidth: timed ? conditionWidth : 0,
    ...(quantized ? { quantized } : {}),
    ...(predictsNext ? { predictsNext } : {}),
    ...(selfConditions ? { selfConditions } : {}),
  };
}
