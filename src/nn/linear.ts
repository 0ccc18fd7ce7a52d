/**
 * The affine layer. Weights are stored [outputs, inputs], as published checkpoints store them, or
 * quantised, as ONNX Runtime's products of integers take them.
 *
 * @module
 */
import { add, matmul, matmulInt4, matmulInt8 } from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { normal, ones, zeros } from "./parameter.ts";
import type { Parameters, ParameterSpec, ParameterSpecs } from "./parameter.ts";

/**
 * Weights in fewer bits:
 * - 8: int8 [inputs, outputs] with a scale for each output
 * - 4: two to a byte, [outputs, blocks, block / 2], with a scale for each block of inputs
 */
export type Quantization =
  | { readonly bits: 8 }
  | { readonly bits: 4; readonly block: 16 | 32 | 64 | 128 };

export interface LinearOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly bias?: boolean | undefined;
  readonly quantized?: Quantization | undefined;
  /** How the weight starts; by default normal. */
  readonly weight?: (shape: readonly number[]) => ParameterSpec;
}

export function linearParameters(options: LinearOptions): ParameterSpecs {
  const { outputs, bias = false } = options;
  return { ...weightParameters(options), ...(bias ? { bias: zeros([outputs]) } : {}) };
}

function weightParameters(options: LinearOptions): ParameterSpecs {
  const { inputs, outputs, quantized, weight = normal } = options;
  if (!quantized) return { weight: weight([outputs, inputs]) };
  if (quantized.bits === 8)
    return {
      weight: { ...zeros([inputs, outputs]), dtype: "int8" },
      scales: ones([outputs]),
    };
  const blocks = Math.ceil(inputs / quantized.block);
  return {
    weight: { ...zeros([outputs, blocks, quantized.block / 2]), dtype: "uint8" },
    scales: ones([outputs, blocks]),
  };
}

/** `x W^T + b`: [..., inputs] to [..., outputs]. */
export function linear(parameters: Parameters, x: Tensor): Tensor {
  const { bias } = parameters;
  const y = product(parameters, x);
  return bias ? add(y, bias) : y;
}

function product({ weight, scales }: Parameters, x: Tensor): Tensor {
  if (!scales) return matmul(x, weight!, { transposeB: true });
  const times = weight!.dtype === "int8" ? matmulInt8 : matmulInt4;
  return times(x, weight!, scales);
}
