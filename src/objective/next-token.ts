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
 * @module
 */
import { crossEntropy, integers, sum } from "../tensor/index.ts";
import type { Objective } from "./objective.ts";

/** @param beginId the token that stands before the first place */
export function nextToken({ beginId }: { beginId: number }): Objective {
  return {
    exact: true,
    inputs: (batch, length) => ({
      tokens: { shape: [batch, length], dtype: "int32" },
      targets: { shape: [batch, length], dtype: "int32" },
    }),
    draw({ x0, batch, length }) {
      const tokens = new Int32Array(x0.length);
      for (let row = 0; row < batch; row++)
        tokens.set(
          shiftRight(x0.subarray(row * length, (row + 1) * length), beginId),
          row * length,
        );
      const shape = [batch, length];
      return { tokens: integers(shape, tokens), targets: integers(shape, x0) };
    },
    losses: ({ tokens, targets }, network) =>
      sum(crossEntropy(network(tokens!), targets!).loss, [1]),
  };
}

/** The tokens a causal network reads to predict each place of a canvas. */
export function shiftRight(canvas: Int32Array, beginId: number): Int32Array {
  const shifted = new Int32Array(canvas.length);
  if (canvas.length > 0) shifted[0] = beginId;
  shifted.set(canvas.subarray(0, canvas.length - 1), 1);
  return shifted;
}
