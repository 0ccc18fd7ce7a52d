/**
 * Scaled dot-product attention as one op, so that its gradient can be the short one.
 *
 * @module
 */
import { apply } from "../graph.ts";
import type { Tensor } from "../graph.ts";
import type { Op } from "../op.ts";
import { broadcastShapes, sameShape, shapeError } from "../shape.ts";
import { broadcastTo, mul, sub } from "./elementwise.ts";
import { matmul, matmulOp } from "./matmul.ts";
import { sum } from "./reduce.ts";
import { softmaxOp } from "./softmax.ts";

/**
 * `softmax(scale * q k^T + mask) v` for each leading index (Vaswani et al. 2017, equation 1).
 *
 * Shapes: q [..., length, size], k and v [..., keys, size]; mask is added to the scores and
 * broadcast to [..., length, keys].
 */
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: { scale: number; mask?: Tensor | undefined },
): Tensor {
  const { scale, mask } = options;
  return apply("attention", attentionOp, [q, k, v, ...(mask ? [mask] : [])], { scale })[0]!;
}

export const attentionOp: Op<"attention"> = {
  infer([q, k, v, mask]) {
    const shapes = [q!.shape, k!.shape, v!.shape];
    const [length, size] = q!.shape.slice(-2);
    const leading = q!.shape.slice(0, -2);
    const keys = k!.shape.at(-2);
    if (q!.dtype !== "float32" || length === undefined || keys === undefined)
      throw shapeError("attention", "needs float32 [..., length, size]", shapes);
    if (!sameShape(k!.shape, [...leading, keys, size!]) || !sameShape(v!.shape, k!.shape))
      throw shapeError("attention", "q, k and v must agree but for their lengths", shapes);
    const weights = [...leading, length, keys];
    if (mask && !sameShape(broadcastShapes("attention", mask.shape, weights), weights))
      throw shapeError("attention", "the mask must fit the scores", [mask.shape, weights]);
    return [q!, { shape: weights, dtype: "float32" }];
  },

  // The softmax's row sums are sum(dWeights * weights) = sum(dOutput * output), which needs no
  // pass over [length, keys] (Dao et al. 2022, FlashAttention, appendix B.2).
  gradient({
    inputs: [q, k, v],
    outputs: [output, weights],
    gradients: [d, dW],
    attributes,
    needs,
  }) {
    if (!d || dW) throw new Error("attention's weights carry no gradient");
    const { scale } = attributes;
    const rows = sum(mul(d, output!), [-1], { keep: true });
    const dScores = mul(weights!, sub(matmul(d, v!, { transposeB: true }), rows));
    return [
      needs(0) ? matmul(dScores, k!, { scale }) : undefined,
      needs(1) ? matmul(dScores, q!, { transposeA: true, scale }) : undefined,
      needs(2) ? matmul(weights!, d, { transposeA: true }) : undefined,
      undefined,
    ];
  },

  onnx({ emit, inputs: [q, k, v, mask], specs, attributes: { scale } }) {
    const rank = specs.inputs[0]!.shape.length;
    const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
    const turned = emit.node("Transpose", [k!], { attributes: { perm } });
    const product = emit.node("MatMul", [q!, turned]);
    const scores = emit.node("Mul", [product, emit.float(scale)]);
    const masked = mask ? emit.node("Add", [scores, mask]) : scores;
    const weights = emit.node("Softmax", [masked], { attributes: { axis: -1 } });
    return [emit.node("MatMul", [weights, v!]), weights];
  },

  reference([q, k, v, mask], { scale }, [output, weights]) {
    const transposed = { transposeA: false, transposeB: true, scale };
    const [product] = matmulOp.reference([q!, k!], transposed, [weights!]);
    const bias = mask && broadcastTo(mask, weights!.shape);
    const scores = product!.map((score, i) => score + (bias?.[i] ?? 0));
    const [p] = softmaxOp.reference([{ shape: weights!.shape, data: scores }], {}, [weights!]);
    const plain = { transposeA: false, transposeB: false, scale: 1 };
    const attended = matmulOp.reference([{ shape: weights!.shape, data: p! }, v!], plain, [
      output!,
    ]);
    return [attended[0]!, p!];
  },
};
