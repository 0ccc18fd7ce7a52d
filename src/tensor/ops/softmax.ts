/**
 * Softmax over the last axis, its logarithm, and cross-entropy.
 *
 * @module
 */
import { apply } from "../graph.ts";
import type { Tensor } from "../graph.ts";
import type { Dense, Op } from "../op.ts";
import { sameShape, shapeError } from "../shape.ts";
import type { Spec } from "../shape.ts";
import { exp, add, mul, sub } from "./elementwise.ts";
import { oneHot } from "./gather.ts";
import { reshape } from "./layout.ts";
import { sum } from "./reduce.ts";

/** exp(x) / sum(exp(x)) over the last axis. */
export const softmax = (x: Tensor): Tensor => apply("softmax", softmaxOp, [x], {})[0]!;

/** log softmax(x) over the last axis, stable for large x. */
export const logSoftmax = (x: Tensor): Tensor => apply("logSoftmax", logSoftmaxOp, [x], {})[0]!;

/**
 * `-log softmax(logits)[target]` for each row: [..., vocabulary] and int32 [...] to [...], in nats.
 * The log-probabilities come along, since the forward pass has them anyway.
 */
export function crossEntropy(
  logits: Tensor,
  targets: Tensor,
): { loss: Tensor; logProbabilities: Tensor } {
  const [loss, logProbabilities] = apply("crossEntropy", crossEntropyOp, [logits, targets], {});
  return { loss: loss!, logProbabilities: logProbabilities! };
}

function inferRows(op: string, x: Spec): Spec[] {
  if (x.dtype !== "float32" || x.shape.length === 0)
    throw shapeError(op, `needs float32 with one axis or more (${x.dtype})`, [x.shape]);
  return [x];
}

const lastAxis = { attributes: { axis: -1 } } as const;
const rowSum = (x: Tensor): Tensor => sum(x, [-1], { keep: true });

export const softmaxOp: Op<"softmax"> = {
  infer: ([x]) => inferRows("softmax", x!),
  gradient({ outputs: [y], gradients: [d] }) {
    const dy = mul(d!, y!);
    return [sub(dy, mul(y!, rowSum(dy)))];
  },
  onnx: ({ emit, inputs }) => [emit.node("Softmax", inputs, lastAxis)],
  reference: ([x]) => [logSoftmaxRows(x!).map(Math.exp)],
};

export const logSoftmaxOp: Op<"logSoftmax"> = {
  infer: ([x]) => inferRows("logSoftmax", x!),
  gradient: ({ outputs: [y], gradients: [d] }) => [sub(d!, mul(exp(y!), rowSum(d!)))],
  onnx: ({ emit, inputs }) => [emit.node("LogSoftmax", inputs, lastAxis)],
  reference: ([x]) => [logSoftmaxRows(x!)],
};

export const crossEntropyOp: Op<"crossEntropy"> = {
  infer([logits, targets]) {
    inferRows("crossEntropy", logits!);
    const rows = logits!.shape.slice(0, -1);
    if (targets!.dtype !== "int32" || !sameShape(rows, targets!.shape))
      throw shapeError("crossEntropy", "needs one int32 target for each row of logits", [
        logits!.shape,
        targets!.shape,
      ]);
    return [{ shape: rows, dtype: "float32" }, logits!];
  },
  gradient({ inputs: [logits, targets], outputs: [, logP], gradients: [dLoss, dLogP] }) {
    const p = exp(logP!);
    const parts: Tensor[] = [];
    if (dLoss) {
      const target = oneHot(targets!, logits!.shape.at(-1) as number);
      parts.push(mul(sub(p, target), reshape(dLoss, [...dLoss.shape, 1])));
    }
    if (dLogP) parts.push(sub(dLogP, mul(p, rowSum(dLogP))));
    return [parts.length === 2 ? add(parts[0]!, parts[1]!) : parts[0], undefined];
  },
  onnx({ emit, inputs: [logits, targets] }) {
    const logP = emit.node("LogSoftmax", [logits!], lastAxis);
    const column = emit.node("Unsqueeze", [targets!, emit.int64([-1])]);
    const picked = emit.node("GatherElements", [logP, column], lastAxis);
    const loss = emit.node("Neg", [emit.node("Squeeze", [picked, emit.int64([-1])])]);
    return [loss, logP];
  },
  reference([logits, targets]) {
    const logP = logSoftmaxRows(logits!);
    const width = logits!.shape.at(-1)!;
    return [targets!.data.map((target, row) => -logP[row * width + target]!), logP];
  },
};

function logSoftmaxRows({ shape, data }: Dense): Float64Array {
  const width = shape.at(-1)!;
  const result = new Float64Array(data.length);
  for (let start = 0; start < data.length; start += width) {
    const row = data.subarray(start, start + width);
    const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = row.reduce((mass, value) => mass + Math.exp(value - top), 0);
    row.forEach((value, i) => (result[start + i] = value - top - Math.log(total)));
  }
  return result;
}
