/**
 * The affine layer. Weights are stored [outputs, inputs], as published checkpoints store them.
 *
 * @module
 */
import { add, matmul } from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { normal, zeros } from "./parameter.ts";
import type { Parameters, ParameterSpec, ParameterSpecs } from "./parameter.ts";

export interface LinearOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly bias?: boolean;
  /** How the weight starts; by default normal. */
  readonly weight?: (shape: readonly number[]) => ParameterSpec;
}

export function linearParameters(options: LinearOptions): ParameterSpecs {
  const { inputs, outputs, bias = false, weight = normal } = options;
  return { weight: weight([outputs, inputs]), ...(bias ? { bias: zeros([outputs]) } : {}) };
}

/** `x W^T + b`: [..., inputs] to [..., outputs]. */
export function linear({ weight, bias }: Parameters, x: Tensor): Tensor {
  const product = matmul(x, weight!, { transposeB: true });
  return bias ? add(product, bias) : product;
}
