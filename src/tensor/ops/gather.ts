/**
 * Rows of a table by index (embeddings), and the way back.
 *
 * @module
 */
import { apply } from "../graph.ts";
import type { Tensor } from "../graph.ts";
import type { Op } from "../op.ts";
import { elementCount, isFixed, shapeError } from "../shape.ts";

/** `table[indices]`: [rows, ...width] and int32 [...] to [..., ...width]. */
export const gather = (table: Tensor, indices: Tensor): Tensor =>
  apply("gather", gatherOp, [table, indices], {})[0]!;

/**
 * A table of `rows` rows of zeros to which row `indices[i]` of it gets `updates[i]` added: what
 * {@link gather} is to its table, backwards.
 */
export const scatterAdd = (updates: Tensor, indices: Tensor, rows: number): Tensor =>
  apply("scatterAdd", scatterAddOp, [updates, indices], { rows })[0]!;

/** 1 at the index, 0 elsewhere: int32 [...] to float32 [..., depth]. */
export const oneHot = (indices: Tensor, depth: number): Tensor =>
  apply("oneHot", oneHotOp, [indices], { depth })[0]!;

export const gatherOp: Op<"gather"> = {
  infer([table, indices]) {
    if (indices!.dtype !== "int32" || table!.shape.length === 0)
      throw shapeError("gather", `needs a table and int32 indices (${indices!.dtype})`, [
        table!.shape,
        indices!.shape,
      ]);
    return [{ shape: [...indices!.shape, ...table!.shape.slice(1)], dtype: table!.dtype }];
  },
  gradient({ inputs: [table, indices], gradients: [d] }) {
    const rows = table!.shape[0]!;
    if (typeof rows !== "number")
      throw shapeError("gather", "needs a table of fixed size to have a gradient", [table!.shape]);
    return [scatterAdd(d!, indices!, rows), undefined];
  },
  onnx: ({ emit, inputs }) => [emit.node("Gather", inputs, { attributes: { axis: 0 } })],
  reference([table, indices]) {
    const width = table!.data.length / table!.shape[0]!;
    const result = new Float64Array(indices!.data.length * width);
    indices!.data.forEach((row, i) =>
      result.set(table!.data.subarray(row * width, (row + 1) * width), i * width),
    );
    return [result];
  },
};

export const scatterAddOp: Op<"scatterAdd"> = {
  infer([updates, indices], { rows }) {
    const leading = indices!.shape.length;
    const agree = indices!.shape.every((dim, i) => dim === updates!.shape[i]);
    if (indices!.dtype !== "int32" || updates!.dtype !== "float32" || !agree)
      throw shapeError("scatterAdd", "needs a float32 row of updates for each int32 index", [
        updates!.shape,
        indices!.shape,
      ]);
    return [{ shape: [rows, ...updates!.shape.slice(leading)], dtype: "float32" }];
  },
  gradient: ({ inputs: [, indices], gradients: [d] }) => [gather(d!, indices!), undefined],
  onnx({ emit, inputs: [updates, indices], specs }) {
    const [table] = specs.outputs;
    if (!isFixed(table!.shape))
      throw shapeError("scatterAdd", "needs a table of fixed size", [table!.shape]);
    // Not ScatterND: ONNX Runtime 1.30 adds the rows of one index from several threads at once and
    // loses some of them (see docs/LOG.md). ScatterElements wants an index for every number.
    const width = table!.shape.slice(1);
    const columns = elementCount(width);
    const zeros = emit.node("ConstantOfShape", [emit.int64([table!.shape[0]!, columns])]);
    const column = emit.node("Reshape", [indices!, emit.int64([-1, 1])]);
    const everywhere = emit.node("Expand", [column, emit.int64([1, columns])]);
    const flat = emit.node("Reshape", [updates!, emit.int64([-1, columns])]);
    const sums = emit.node("ScatterElements", [zeros, everywhere, flat], {
      attributes: { axis: 0, reduction: "add" },
    });
    const whole = width.length === 1;
    return [whole ? sums : emit.node("Reshape", [sums, emit.int64(table!.shape)])];
  },
  reference([updates, indices], _, [out]) {
    const width = out!.shape.slice(1).reduce((product, dim) => product * dim, 1);
    const result = new Float64Array(out!.shape[0]! * width);
    indices!.data.forEach((row, i) => {
      for (let j = 0; j < width; j++) result[row * width + j]! += updates!.data[i * width + j]!;
    });
    return [result];
  },
};

export const oneHotOp: Op<"oneHot"> = {
  infer([indices], { depth }) {
    if (indices!.dtype !== "int32")
      throw shapeError("oneHot", `needs int32 indices (${indices!.dtype})`, [indices!.shape]);
    return [{ shape: [...indices!.shape, depth], dtype: "float32" }];
  },
  gradient: { none: "its input is an integer" },
  onnx({ emit, inputs, attributes: { depth } }) {
    const values = emit.constant({ dtype: "float32", shape: [2], data: Float32Array.of(0, 1) });
    // ONNX Runtime's CPU kernel wants indices and depth of one dtype.
    const wide = emit.node("Cast", inputs, { attributes: { to: 7 } });
    return [
      emit.node("OneHot", [wide, emit.int64([depth]), values], {
        attributes: { axis: -1 },
      }),
    ];
  },
  reference([indices], { depth }) {
    const result = new Float64Array(indices!.data.length * depth);
    indices!.data.forEach((index, row) => (result[row * depth + index] = 1));
    return [result];
  },
};
