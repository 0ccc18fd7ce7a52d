/**
 * Clipping gradients by their common norm.
 *
 * @module
 */
import { add, div, less, mul, sqrt, sum, where } from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";

/** The L2 norm over all gradients together: a scalar. */
export function globalNorm(gradients: readonly Tensor[]): Tensor {
  return sqrt(gradients.map((gradient) => sum(mul(gradient, gradient))).reduce(add));
}

/** `min(1, limit / (norm + 1e-6))`: what gradients are multiplied with (PyTorch's formula). */
export function clipFactor(norm: Tensor, limit: number): Tensor {
  const padded = add(norm, 1e-6);
  return where(less(padded, limit), 1, div(limit, padded));
}
