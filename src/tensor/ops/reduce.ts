/**
 * Sums over axes.
 *
 * @module
 */
import { apply } from "../graph.ts";
import type { Tensor } from "../graph.ts";
import type { Op } from "../op.ts";
import { elementCount, normalizeAxis, shapeError } from "../shape.ts";
import { mul } from "./elementwise.ts";
import { expand, reshape, rowMajorStrides } from "./layout.ts";

/**
 * Sum over the given axes (all of them by default).
 *
 * @param options.keep keep the summed axes with size 1, ready for broadcasting (default false)
 */
export function sum(x: Tensor, axes?: readonly number[], options: { keep?: boolean } = {}): Tensor {
  const all = axes ?? x.shape.map((_, i) => i);
  const sorted = all.map((axis) => normalizeAxis("sum", axis, x.shape)).toSorted((a, b) => a - b);
  return apply("sum", sumOp, [x], { axes: sorted, keep: options.keep ?? false })[0]!;
}

/** Mean over axes of fixed size, as {@link sum}. */
export function mean(
  x: Tensor,
  axes?: readonly number[],
  options: { keep?: boolean } = {},
): Tensor {
  const sizes = (axes ?? x.shape.map((_, i) => i)).map((axis) => x.shape.at(axis));
  const fixed = sizes.filter((size) => typeof size === "number");
  if (fixed.length < sizes.length) throw shapeError("mean", "needs axes of fixed size", [x.shape]);
  return mul(sum(x, axes, options), 1 / elementCount(fixed));
}

export const sumOp: Op<"sum"> = {
  infer([x], { axes, keep }) {
    if (x!.dtype !== "float32") throw shapeError("sum", `needs float32 (${x!.dtype})`, [x!.shape]);
    const shape = keep
      ? x!.shape.map((dim, i) => (axes.includes(i) ? 1 : dim))
      : x!.shape.filter((_, i) => !axes.includes(i));
    return [{ shape, dtype: "float32" }];
  },
  gradient({ inputs: [x], gradients: [d], attributes: { axes } }) {
    const kept = x!.shape.map((dim, i) => (axes.includes(i) ? 1 : dim));
    return [expand(reshape(d!, kept), x!.shape)];
  },
  onnx({ emit, inputs, attributes: { axes, keep } }) {
    // With an empty list of axes ReduceSum would sum over all of them.
    if (axes.length === 0) return [emit.node("Identity", inputs)];
    return [
      emit.node("ReduceSum", [inputs[0]!, emit.int64(axes)], {
        attributes: { keepdims: keep ? 1 : 0 },
      }),
    ];
  },
  reference([x], { axes }) {
    const { shape, data } = x!;
    const kept = shape.map((dim, i) => (axes.includes(i) ? 1 : dim));
    const result = new Float64Array(elementCount(kept));
    const from = rowMajorStrides(shape);
    const to = rowMajorStrides(kept);
    data.forEach((value, i) => {
      let target = 0;
      for (let axis = 0; axis < shape.length; axis++)
        if (!axes.includes(axis))
          target += (Math.floor(i / from[axis]!) % shape[axis]!) * to[axis]!;
      result[target]! += value;
    });
    return [result];
  },
};
