/**
 * The largest numbers of each row, and where they stand.
 *
 * @module
 */
import { apply } from "../graph.ts";
import type { Tensor } from "../graph.ts";
import { elementType } from "../onnx/proto.ts";
import type { Op } from "../op.ts";
import { shapeError } from "../shape.ts";

/**
 * The `count` largest numbers of each row of the last axis, from the largest down, and their indices
 * (int32); of equals the first comes first. [..., width] to twice [..., count].
 */
export function topK(x: Tensor, count: number): { values: Tensor; indices: Tensor } {
  const [values, indices] = apply("topK", topKOp, [x], { count });
  return { values: values!, indices: indices! };
}

export const topKOp: Op<"topK"> = {
  infer([x], { count }) {
    const width = x!.shape.at(-1);
    if (x!.dtype !== "float32" || typeof width !== "number" || count < 1 || count > width)
      throw shapeError("topK", `needs float32 [..., width] with width >= ${count}`, [x!.shape]);
    const shape = [...x!.shape.slice(0, -1), count];
    return [
      { shape, dtype: "float32" },
      { shape, dtype: "int32" },
    ];
  },
  gradient: { none: "it only serves sampling" },
  onnx({ emit, inputs: [x], attributes: { count }, reads }) {
    const [values, indices] = emit.nodeWithOutputs("TopK", [x!, emit.int64([count])], [true, true]);
    const to = elementType.int32;
    return [values, reads(1) ? emit.node("Cast", [indices!], { attributes: { to } }) : undefined];
  },
  reference([x], { count }) {
    const width = x!.shape.at(-1)!;
    const rows = x!.data.length / width;
    const values = new Float64Array(rows * count);
    const indices = new Float64Array(rows * count);
    for (let row = 0; row < rows; row++) {
      const numbers = x!.data.subarray(row * width, (row + 1) * width);
      const order = [...numbers.keys()].toSorted((a, b) => numbers[b]! - numbers[a]! || a - b);
      for (let i = 0; i < count; i++) {
        indices[row * count + i] = order[i]!;
        values[row * count + i] = numbers[order[i]!]!;
      }
    }
    return [values, indices];
  },
};
