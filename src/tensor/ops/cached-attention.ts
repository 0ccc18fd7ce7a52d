/**
 * Attention over keys and values that were computed before and over new ones, without joining the two:
 * what was computed before is read where it lies.
 *
 * @module
 */
import { apply } from "../graph.ts";
import type { Tensor } from "../graph.ts";
import type { Dense, Op } from "../op.ts";
import { addDims, broadcastShapes, sameShape, shapeError } from "../shape.ts";
import { attentionOp } from "./attention.ts";
import { concatOp } from "./layout.ts";

/** Keys and values, each [..., places, size]. */
interface KeysAndValues {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/**
 * `softmax(scale * q [past keys, new keys]^T + mask) [past values, new values]`.
 *
 * Joined keys and values would be copied in every pass, which costs more than the products where a few new
 * places look at a long past.
 *
 * Shapes: q [..., rows, size], past [..., past, size], fresh [..., length, size]; the mask is broadcast
 * to [..., rows, past + length].
 */
export const cachedAttention = (
  q: Tensor,
  past: KeysAndValues,
  fresh: KeysAndValues,
  { scale, mask }: { scale: number; mask?: Tensor | undefined },
): Tensor => {
  const inputs = [q, past.keys, past.values, fresh.keys, fresh.values, ...(mask ? [mask] : [])];
  return apply("cachedAttention", cachedAttentionOp, inputs, { scale })[0]!;
};

export const cachedAttentionOp: Op<"cachedAttention"> = {
  infer([q, pastKeys, pastValues, keys, values, mask]) {
    const shapes = [q!.shape, pastKeys!.shape, keys!.shape];
    const leading = q!.shape.slice(0, -2);
    const [rows, size] = q!.shape.slice(-2);
    const [past, length] = [pastKeys!.shape.at(-2), keys!.shape.at(-2)];
    if (q!.dtype !== "float32" || rows === undefined || past === undefined || length === undefined)
      throw shapeError("cachedAttention", "needs float32 [..., rows, size]", shapes);
    const fits =
      sameShape(pastKeys!.shape, [...leading, past, size!]) &&
      sameShape(keys!.shape, [...leading, length, size!]) &&
      sameShape(pastValues!.shape, pastKeys!.shape) &&
      sameShape(values!.shape, keys!.shape);
    if (!fits)
      throw shapeError(
        "cachedAttention",
        "queries, past and new places must agree but for their numbers",
        shapes,
      );
    const weights = [...leading, rows, addDims([past, length])];
    if (mask && !sameShape(broadcastShapes("cachedAttention", mask.shape, weights), weights))
      throw shapeError("cachedAttention", "the mask must fit the scores", [mask.shape, weights]);
    return [q!];
  },

  gradient: { none: "it only serves sampling" },

  onnx({ emit, inputs, specs, attributes: { scale } }) {
    const [q, pastKeys, pastValues, keys, values, mask] = inputs;
    const rank = specs.inputs[0]!.shape.length;
    const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
    const turned = (name: string) => emit.node("Transpose", [name], { attributes: { perm } });
    const along = { attributes: { axis: -1 } };
    const scores = [pastKeys!, keys!].map((part) => emit.node("MatMul", [q!, turned(part)]));
    const scaled = emit.node("Mul", [emit.node("Concat", scores, along), emit.float(scale)]);
    const weights = emit.node("Softmax", [mask ? emit.node("Add", [scaled, mask]) : scaled], along);
    const counts = [pastKeys!, keys!].map((part) =>
      emit.node("Shape", [part], { attributes: { start: rank - 2, end: rank - 1 } }),
    );
    const sizes = emit.node("Concat", counts, { attributes: { axis: 0 } });
    const parts = emit.nodeWithOutputs("Split", [weights, sizes], [true, true], along);
    const sums = [pastValues!, values!].map((part, i) => emit.node("MatMul", [parts[i]!, part]));
    return [emit.node("Add", sums)];
  },

  reference([q, pastKeys, pastValues, keys, values, mask], { scale }, [output]) {
    const axis = q!.shape.length - 2;
    const joined = (parts: readonly Dense[]): Dense => {
      const shape = parts[0]!.shape.map((size, i) =>
        i === axis ? size + parts[1]!.shape[i]! : size,
      );
      return {
        shape,
        data: concatOp.reference(parts, { axis }, [{ shape, dtype: "float32" }])[0]!,
      };
    };
    const all = joined([pastKeys!, keys!]);
    const weights = [...q!.shape.slice(0, -1), all.shape[axis]!];
    const [attended] = attentionOp.reference(
      [q!, all, joined([pastValues!, values!]), ...(mask ? [mask] : [])],
      { scale },
      [output!, { shape: weights, dtype: "float32" }],
    );
    return [attended!];
  },
};
