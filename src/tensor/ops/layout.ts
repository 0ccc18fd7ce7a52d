/**
 * Ops that move numbers and change none: reshape, transpose, expand, slice, pad, concat.
 *
 * @module
 */
import { apply, scalar } from "../graph.ts";
import type { Tensor } from "../graph.ts";
import type { Dense, Op } from "../op.ts";
import {
  addDims,
  broadcastShapes,
  elementCount,
  formatShape,
  isFixed,
  multiplyDims,
  normalizeAxis,
  sameShape,
  shapeError,
} from "../shape.ts";
import type { Dim, Shape } from "../shape.ts";
import { broadcastTo, unbroadcast } from "./elementwise.ts";

/** The same elements in another shape. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply("reshape", reshapeOp, [x], { shape })[0]!;
}

/** Axis i of the result is axis `permutation[i]` of x. Without a permutation: swaps the last two. */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const rank = x.shape.length;
  const swapped = [...Array(Math.max(0, rank - 2)).keys(), rank - 1, rank - 2];
  return apply("transpose", transposeOp, [x], { permutation: permutation ?? swapped })[0]!;
}

/** Repeats x along axes of size 1 (and new leading axes) until it has this shape. */
export function expand(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply("expand", expandOp, [x], { shape })[0]!;
}

/** Elements `start` to `end` (not included) of one axis of fixed size. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const at = normalizeAxis("slice", axis, x.shape);
  return apply("slice", sliceOp, [x], { axis: at, start, end })[0]!;
}

/** Zeros before and after one axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  const at = normalizeAxis("pad", axis, x.shape);
  return apply("pad", padOp, [x], { axis: at, before, after })[0]!;
}

/** Joins tensors along an axis. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  if (parts.length === 1) return parts[0]!;
  const at = normalizeAxis("concat", axis, parts[0]!.shape);
  return apply("concat", concatOp, parts, { axis: at })[0]!;
}

/** Pieces of these sizes along an axis of fixed size: the inverse of {@link concat}. */
export function split(x: Tensor, axis: number, sizes: readonly number[]): readonly Tensor[] {
  const at = normalizeAxis("split", axis, x.shape);
  return sizes.length === 1 ? [x] : apply("split", splitOp, [x], { axis: at, sizes });
}

/** `parts` equal pieces of one axis. */
export function splitEvenly(x: Tensor, axis: number, parts: number): readonly Tensor[] {
  const size = x.shape.at(axis);
  if (typeof size !== "number" || size % parts !== 0)
    throw shapeError("split", `axis ${axis} must be divisible into ${parts} parts`, [x.shape]);
  return split(x, axis, Array<number>(parts).fill(size / parts));
}

export const reshapeOp: Op<"reshape"> = {
  infer([x], { shape }) {
    if (multiplyDims(x!.shape) !== multiplyDims(shape))
      throw shapeError("reshape", `${formatShape(shape)} must have as many elements`, [x!.shape]);
    return [{ shape, dtype: x!.dtype }];
  },
  gradient: ({ inputs: [x], gradients: [d] }) => [reshape(d!, x!.shape)],
  onnx({ emit, inputs, specs, attributes: { shape } }) {
    const target = onnxTarget(specs.inputs[0]!.shape, shape);
    return [emit.node("Reshape", [inputs[0]!, emit.int64(target)])];
  },
  reference: ([x]) => [x!.data],
};

/** ONNX names no sizes: 0 keeps the size of the same axis, one -1 takes what is left. */
function onnxTarget(from: Shape, to: Shape): number[] {
  let free = 0;
  const target = to.map((dim, i) => {
    if (typeof dim === "number") return dim;
    if (from[i] === dim) return 0;
    free += 1;
    return -1;
  });
  if (free > 1)
    throw shapeError("reshape", "at most one named size may move to another axis", [from, to]);
  return target;
}

export const transposeOp: Op<"transpose"> = {
  infer([x], { permutation }) {
    const axes = new Set(permutation);
    const complete = permutation.every((axis) => Number.isInteger(axis) && axis >= 0);
    if (!complete || axes.size !== x!.shape.length || Math.max(-1, ...axes) >= axes.size)
      throw shapeError("transpose", `[${permutation.join(", ")}] must hold every axis once`, [
        x!.shape,
      ]);
    return [{ shape: permutation.map((axis) => x!.shape[axis]!), dtype: x!.dtype }];
  },
  gradient: ({ gradients: [d], attributes: { permutation } }) => [
    transpose(
      d!,
      permutation.map((_, i) => permutation.indexOf(i)),
    ),
  ],
  onnx: ({ emit, inputs, attributes: { permutation } }) => [
    emit.node("Transpose", inputs, { attributes: { perm: permutation } }),
  ],
  reference([x], { permutation }, [out]) {
    const strides = rowMajorStrides(x!.shape);
    const moved = permutation.map((axis) => strides[axis]!);
    return [gatherStrided(x!.data, moved, out!.shape)];
  },
};

export const expandOp: Op<"expand"> = {
  infer([x], { shape }) {
    if (!sameShape(broadcastShapes("expand", x!.shape, shape), shape))
      throw shapeError("expand", `must grow to ${formatShape(shape)}`, [x!.shape]);
    return [{ shape, dtype: x!.dtype }];
  },
  gradient: ({ inputs: [x], gradients: [d] }) => [unbroadcast(d!, x!.shape)],
  onnx({ emit, inputs, specs, attributes: { shape } }) {
    const from = specs.inputs[0]!.shape;
    // A name that x already has on that axis is kept by a 1; any other is out of ONNX's reach here.
    const target = shape.map((dim, i) => {
      if (typeof dim === "number") return dim;
      if (from[i - shape.length + from.length] === dim) return 1;
      throw shapeError("expand", `the named size "${dim}" can't be invented`, [from, shape]);
    });
    return [emit.node("Expand", [inputs[0]!, emit.int64(target)])];
  },
  reference: ([x], _, [out]) => [broadcastTo(x!, out!.shape)],
};

export const sliceOp: Op<"slice"> = {
  infer([x], { axis, start, end }) {
    const size = x!.shape[axis]!;
    const whole = Number.isInteger(start) && Number.isInteger(end);
    if (typeof size !== "number" || !whole || start < 0 || end < start || end > size)
      throw shapeError("slice", `${start} to ${end} must lie within axis ${axis}`, [x!.shape]);
    return [{ shape: replaceAxis(x!.shape, axis, end - start), dtype: x!.dtype }];
  },
  gradient({ inputs: [x], gradients: [d], attributes: { axis, start, end } }) {
    const size = x!.shape[axis] as number;
    return [pad(d!, axis, start, size - end)];
  },
  onnx: ({ emit, inputs, attributes: { axis, start, end } }) => [
    emit.node("Slice", [inputs[0]!, emit.int64([start]), emit.int64([end]), emit.int64([axis])]),
  ],
  reference([x], { axis, start }, [out]) {
    const strides = rowMajorStrides(x!.shape);
    return [gatherStrided(x!.data, strides, out!.shape, start * strides[axis]!)];
  },
};

export const padOp: Op<"pad"> = {
  infer([x], { axis, before, after }) {
    const grown = addDims([x!.shape[axis]!, before + after]);
    return [{ shape: replaceAxis(x!.shape, axis, grown), dtype: x!.dtype }];
  },
  gradient({ inputs: [x], gradients: [d], attributes: { axis, before } }) {
    const size = x!.shape[axis]!;
    if (typeof size !== "number")
      throw shapeError("pad", "needs a fixed axis to have a gradient", [x!.shape]);
    return [slice(d!, axis, before, before + size)];
  },
  onnx({ emit, inputs, attributes: { axis, before, after } }) {
    const pads = emit.int64([before, after]);
    return [emit.node("Pad", [inputs[0]!, pads, "", emit.int64([axis])])];
  },
  reference([x], { axis, before, after }) {
    const inner = elementCount(x!.shape.slice(axis + 1));
    const zeros = (count: number): Dense => ({
      shape: replaceAxis(x!.shape, axis, count) as number[],
      data: new Float64Array((x!.data.length / Math.max(1, x!.shape[axis]!)) * count),
    });
    return [joinRows([zeros(before), x!, zeros(after)], axis, inner)];
  },
};

export const concatOp: Op<"concat"> = {
  infer(parts, { axis }) {
    const [first] = parts;
    for (const part of parts)
      if (
        part.dtype !== first!.dtype ||
        part.shape.length !== first!.shape.length ||
        part.shape.some((dim, i) => i !== axis && dim !== first!.shape[i])
      )
        throw shapeError(
          "concat",
          `shapes must agree except on axis ${axis}`,
          parts.map((p) => p.shape),
        );
    const total = addDims(parts.map((part) => part.shape[axis]!));
    return [{ shape: replaceAxis(first!.shape, axis, total), dtype: first!.dtype }];
  },
  gradient({ inputs, gradients: [d], attributes: { axis } }) {
    const sizes = inputs.map(({ shape }) => shape[axis]!);
    if (!isFixed(sizes))
      throw shapeError("concat", "needs a fixed axis to have a gradient", [sizes]);
    return split(d!, axis, sizes);
  },
  onnx: ({ emit, inputs, attributes: { axis } }) => [
    emit.node("Concat", inputs, { attributes: { axis } }),
  ],
  reference: (parts, { axis }) => [
    joinRows(parts, axis, elementCount(parts[0]!.shape.slice(axis + 1))),
  ],
};

export const splitOp: Op<"split"> = {
  infer([x], { axis, sizes }) {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (x!.shape[axis] !== total)
      throw shapeError("split", `axis ${axis} must be ${sizes.join(" + ")}`, [x!.shape]);
    return sizes.map((size) => ({ shape: replaceAxis(x!.shape, axis, size), dtype: x!.dtype }));
  },
  gradient({ outputs, gradients, attributes: { axis } }) {
    const zeros = (shape: Shape): Tensor =>
      expand(
        reshape(
          scalar(0),
          shape.map(() => 1),
        ),
        shape,
      );
    return [
      concat(
        outputs.map(({ shape }, i) => gradients[i] ?? zeros(shape)),
        axis,
      ),
    ];
  },
  onnx: ({ emit, inputs, attributes: { axis, sizes } }) =>
    emit.nodeWithOutputs(
      "Split",
      [inputs[0]!, emit.int64(sizes)],
      sizes.map(() => true),
      { attributes: { axis } },
    ),
  reference([x], { axis }, outputs) {
    const strides = rowMajorStrides(x!.shape);
    let start = 0;
    return outputs.map(({ shape }) => {
      const part = gatherStrided(x!.data, strides, shape, start * strides[axis]!);
      start += shape[axis]!;
      return part;
    });
  },
};

function replaceAxis(shape: Shape, axis: number, size: Dim): Dim[] {
  return shape.map((dim, i) => (i === axis ? size : dim));
}

/** Steps between neighbours along each axis of a row-major array. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** Reads `data` by strides in the row-major order of `shape`. */
function gatherStrided(
  data: Float64Array,
  strides: readonly number[],
  shape: readonly number[],
  offset = 0,
): Float64Array {
  const result = new Float64Array(elementCount(shape));
  let out = 0;
  const visit = (axis: number, position: number): void => {
    if (axis === shape.length) {
      result[out++] = data[position]!;
      return;
    }
    for (let i = 0; i < shape[axis]!; i++) visit(axis + 1, position + i * strides[axis]!);
  };
  visit(0, offset);
  return result;
}

/** Concatenation: for each outer index, the parts' runs of `size * inner` elements one after another. */
function joinRows(parts: readonly Dense[], axis: number, inner: number): Float64Array {
  const runs = parts.map((part) => part.shape[axis]! * inner);
  const total = runs.reduce((sum, run) => sum + run, 0);
  const outer = elementCount(parts[0]!.shape.slice(0, axis));
  const result = new Float64Array(outer * total);
  for (let row = 0, at = 0; row < outer; row++)
    parts.forEach((part, i) => {
      result.set(part.data.subarray(row * runs[i]!, (row + 1) * runs[i]!), at);
      at += runs[i]!;
    });
  return result;
}
