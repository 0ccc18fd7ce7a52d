/**
 * AdamW: Adam (Kingma & Ba 2015) with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2).
 *
 * ```
 * m <- beta1 m + (1 - beta1) g            v <- beta2 v + (1 - beta2) g^2
 * w <- w - lr decay w - lr (m / (1 - beta1^n)) / (sqrt(v / (1 - beta2^n)) + epsilon)
 * ```
 *
 * What changes from step to step is computed on the host in float64 and enters as three scalars.
 *
 * @module
 */
import { add, div, mul, sqrt, sub } from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decay of matrices; norms and biases never decay. */
  readonly weightDecay: number;
}

/** The numbers of one step. */
export interface AdamWScalars<T> {
  /** Factor on `m / (sqrt(v) + epsilon)`, both bias corrections folded in. */
  readonly rate: T;
  /** Epsilon as seen from the uncorrected square root. */
  readonly epsilon: T;
  /** What is left of a decayed weight: 1 - lr * decay. */
  readonly keep: T;
}

/** @param step counted from 1 */
export function adamwScalars(
  { beta1, beta2, epsilon, weightDecay }: AdamWOptions,
  step: number,
  learningRate: number,
): AdamWScalars<number> {
  const correction = Math.sqrt(1 - beta2 ** step);
  return {
    rate: (learningRate * correction) / (1 - beta1 ** step),
    epsilon: epsilon * correction,
    keep: 1 - learningRate * weightDecay,
  };
}

/** One parameter with its moments. */
export interface Moments {
  readonly weight: Tensor;
  readonly mean: Tensor;
  readonly square: Tensor;
}

/**
 * One parameter's step.
 *
 * @param clip scalar that the gradient is multiplied with first
 * @param decays whether weight decay acts on it
 */
export function adamw(
  { beta1, beta2 }: AdamWOptions,
  { weight, mean, square }: Moments,
  gradient: Tensor,
  clip: Tensor,
  scalars: AdamWScalars<Tensor>,
  decays: boolean,
): Moments {
  const nextMean = add(mul(mean, beta1), mul(gradient, mul(clip, 1 - beta1)));
  const scale = mul(mul(clip, clip), 1 - beta2);
  const nextSquare = add(mul(square, beta2), mul(mul(gradient, gradient), scale));
  const direction = div(nextMean, add(sqrt(nextSquare), scalars.epsilon));
  const kept = decays ? mul(weight, scalars.keep) : weight;
  return {
    weight: sub(kept, mul(direction, scalars.rate)),
    mean: nextMean,
    square: nextSquare,
  };
}
