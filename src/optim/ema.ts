/**
 * The exponential moving average of weights, which evaluation and sampling use.
 *
 * @module
 */
import { add, mul, sub } from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";

/**
 * The decay after `step` steps (from 1), warmed up as `min(decay, (1 + n) / (10 + n))`: early
 * averages forget the random start quickly.
 */
export function emaDecay(decay: number, step: number): number {
  return Math.min(decay, (1 + step) / (10 + step));
}

/** `average + (1 - decay) (weight - average)` */
export function ema(average: Tensor, weight: Tensor, forget: Tensor): Tensor {
  return add(average, mul(sub(weight, average), forget));
}
