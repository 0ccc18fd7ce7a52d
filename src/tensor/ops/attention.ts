/**
 * Scaled dot-product attention as one op, so that its gradient can be the short one.
 *
 * @module
 */
import { apply, constant } from "../graph.ts";
import type { Tensor } from "../graph.ts";
import type { Op } from "../op.ts";
import { broadcastShapes, elementCount, isFixed, sameShape, shapeError } from "../shape.ts";
import type { Shape } from "../shape.ts";
import { filled } from "../value.ts";
import { broadcastTo, mul, neg } from "./elementwise.ts";
import { concat, split } from "./layout.ts";
import { matmul, matmulOp } from "./matmul.ts";
import { sum } from "./reduce.ts";
import { softmaxOp } from "./softmax.ts";

/** Scores of this many bytes stay in a core's cache between the passes over them. */
const defaultCacheBytes = 4 * 2 ** 20;

/**
 * `softmax(scale * q k^T + mask) v` for each leading index (Vaswani et al. 2017, equation 1).
 *
 * Shapes: q [..., length, size], k and v [..., keys, size]; mask is added to the scores and
 * broadcast to [..., length, keys].
 *
 * @param options.cacheBytes batches whose scores take more are computed a few rows at a time, which
 * changes no number and was measured 6 to 9 % faster for a whole training step
 */
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: { scale: number; mask?: Tensor | undefined; cacheBytes?: number },
): Tensor {
  const { scale, mask, cacheBytes = defaultCacheBytes } = options;
  const attend = (parts: readonly Tensor[]): Tensor =>
    apply("attention", attentionOp, [...parts, ...(mask ? [mask] : [])], { scale })[0]!;
  const groups = mask && mask.shape.length > 2 ? undefined : groupSizes(q, k, cacheBytes);
  if (!groups) return attend([q, k, v]);
  const [qs, ks, vs] = [q, k, v].map((x) => split(x, 0, groups));
  return concat(
    groups.map((_, i) => attend([qs![i]!, ks![i]!, vs![i]!])),
    0,
  );
}

/** How to cut the first axis so that each part's scores fit; undefined if they fit whole. */
function groupSizes(q: Tensor, k: Tensor, cacheBytes: number): number[] | undefined {
  const scores: Shape = [...q.shape.slice(0, -1), k.shape.at(-2)!];
  if (scores.length < 3 || !isFixed(scores)) return undefined;
  const rows = scores[0]!;
  const fit = Math.max(1, Math.floor(cacheBytes / (4 * elementCount(scores.slice(1)))));
  if (fit >= rows) return undefined;
  const full = Array<number>(Math.floor(rows / fit)).fill(fit);
  return rows % fit === 0 ? full : [...full, rows % fit];
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

  // With dWeights = d v^T the softmax's gradient is weights * (dWeights - rows), where the row sums
  // of dWeights * weights equal those of d * output (Dao et al. 2022, FlashAttention, appendix B.2).
  // The difference comes out of the product itself, by a column more on both sides: so a single
  // multiplication is all that passes over [length, keys].
  gradient({
    inputs: [q, k, v],
    outputs: [output, weights],
    gradients: [d, dW],
    attributes,
    needs,
  }) {
    if (!d || dW) throw new Error("attention's weights carry no gradient");
    const { scale } = attributes;
    const rows = neg(sum(mul(d, output!), [-1], { keep: true }));
    const ones = constant(filled([...v!.shape.slice(0, -1), 1] as number[], 1));
    const widened = matmul(concat([d, rows], -1), concat([v!, ones], -1), { transposeB: true });
    const dScores = mul(weights!, widened);
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
