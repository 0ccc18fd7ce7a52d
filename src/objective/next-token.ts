/**
 * The autoregressive loss: -log p(x0) = sum over i of -log p(x0_i | x0_<i), exact.
 *
 * The network reads the window shifted right by one behind a begin token, so that output i predicts
 * place i, and the first token is scored like every other:
 *
 * ```
 * input   <end>  T  h
 * target    T    h  e
 * ```
 *
 * The mask is no token of a text and gets no probability, as when sampling and as in masked diffusion.
 *
 * @module
 */
import { forbid } from "../model/network.ts";
import { crossEntropy, floats, integers, mul, sum } from "../tensor/index.ts";
import { placeWeights, rowsOf } from "./objective.ts";
import type { Objective } from "./objective.ts";

/** @param options.beginId the token that stands before the first place */
export function nextToken({ beginId, maskId }: { beginId: number; maskId: number }): Objective {
  return {
    exact: true,
    inputs: (batch, length) => ({
      tokens: { shape: [batch, length], dtype: "int32" },
      targets: { shape: [batch, length], dtype: "int32" },
      weights: { shape: [batch, length], dtype: "float32" },
    }),
    draw(windows) {
      const { x0, batch, length } = windows;
      const tokens = new Int32Array(x0.length);
      const weights = new Float32Array(x0.length);
      for (const row of rowsOf(windows)) {
        tokens.set(shiftRight(row.x0, beginId), row.index * length);
        weights.set(placeWeights(row), row.index * length);
      }
      const shape = [batch, length];
      return {
        tokens: integers(shape, tokens),
        targets: integers(shape, x0),
        weights: floats(shape, weights),
      };
    },
    losses({ tokens, targets, weights }, network) {
      const { loss } = crossEntropy(forbid(network(tokens!), maskId), targets!);
      return sum(mul(weights!, loss), [1]);
    },
  };
}

/** The tokens a causal network reads to predict each place of a canvas. */
export function shiftRight(canvas: Int32Array, beginId: number): Int32Array {
  const shifted = new Int32Array(canvas.length);
  if (canvas.length > 0) shifted[0] = beginId;
  shifted.set(canvas.subarray(0, canvas.length - 1), 1);
  return shifted;
}
