/**
 * Normalisation over the last axis, with a weight and no bias.
 *
 * @module
 */
import { apply, constant } from "../graph.ts";
import type { Tensor } from "../graph.ts";
import type { Dense, GradientContext, Op } from "../op.ts";
import { multiplyDims, sameShape, shapeError } from "../shape.ts";
import type { Spec } from "../shape.ts";
import { filled } from "../value.ts";
import { mul, sub } from "./elementwise.ts";
import { reshape } from "./layout.ts";
import { matmul } from "./matmul.ts";
import { sum } from "./reduce.ts";

/** `weight * (x - mean) / sqrt(variance + epsilon)` (Ba, Kiros & Hinton 2016). */
export const layerNorm = (x: Tensor, weight: Tensor, epsilon = 1e-5): Tensor =>
  apply("layerNorm", layerNormOp, [x, weight], { epsilon })[0]!;

/** `weight * x / sqrt(mean(x^2) + epsilon)` (Zhang & Sennrich 2019). */
export const rmsNorm = (x: Tensor, weight: Tensor, epsilon = 1e-5): Tensor =>
  apply("rmsNorm", rmsNormOp, [x, weight], { epsilon })[0]!;

function infer(op: string, x: Spec, weight: Spec, statistics: number): Spec[] {
  const width = x.shape.at(-1);
  if (x.dtype !== "float32" || typeof width !== "number" || !sameShape(weight.shape, [width]))
    throw shapeError(op, "needs float32 [..., width] and a weight [width]", [
      x.shape,
      weight.shape,
    ]);
  const row: Spec = { shape: [...x.shape.slice(0, -1), 1], dtype: "float32" };
  return [x, ...Array.from({ length: statistics }, () => row)];
}

/** [..., width] x [width] -> [..., 1]: one product instead of a multiplication and a sum. */
const dotRows = (x: Tensor, weight: Tensor, scale: number): Tensor =>
  matmul(x, reshape(weight, [weight.shape[0]!, 1]), { scale });

/** Both norms differentiate alike, given x-hat and 1/deviation; only LayerNorm also takes out the mean. */
function normGradient(
  { inputs: [, weight], gradients, needs }: GradientContext<"layerNorm" | "rmsNorm">,
  normalized: Tensor,
  inverse: Tensor,
  centred: boolean,
): (Tensor | undefined)[] {
  const d = gradients[0]!;
  if (gradients.slice(1).some((gradient) => gradient !== undefined))
    throw new Error("the statistics of a norm carry no gradient");
  const width = weight!.shape[0] as number;
  const product = mul(d, normalized);
  const along = mul(normalized, dotRows(product, weight!, 1 / width));
  const scaled = mul(d, weight!);
  const level = centred ? sub(scaled, dotRows(d, weight!, 1 / width)) : scaled;
  const rows = reshape(product, [multiplyDims(product.shape.slice(0, -1)), width]);
  return [
    needs(0) ? mul(sub(level, along), inverse) : undefined,
    needs(1) ? sum(rows, [0]) : undefined,
  ];
}

export const layerNormOp: Op<"layerNorm"> = {
  infer: ([x, weight]) => infer("layerNorm", x!, weight!, 2),
  gradient(context) {
    const { inputs, outputs, attributes } = context;
    const ones = constant(filled(inputs[1]!.shape as number[], 1));
    const normalized = layerNorm(inputs[0]!, ones, attributes.epsilon);
    return normGradient(context, normalized, outputs[2]!, true);
  },
  onnx: ({ emit, inputs, attributes: { epsilon }, reads }) =>
    emit.nodeWithOutputs("LayerNormalization", inputs, [reads(0), reads(1), reads(2)], {
      attributes: { axis: -1, epsilon: { float: epsilon } },
    }),
  reference([x, weight], { epsilon }) {
    const mean = rowMeans(x!, (value) => value);
    const width = x!.shape.at(-1)!;
    const centred = x!.data.map((value, i) => value - mean[Math.floor(i / width)]!);
    const inverse = rowMeans({ shape: x!.shape, data: centred }, (value) => value * value).map(
      (variance) => 1 / Math.sqrt(variance + epsilon),
    );
    return [scaleRows(centred, inverse, weight!), mean, inverse];
  },
};

export const rmsNormOp: Op<"rmsNorm"> = {
  infer: ([x, weight]) => infer("rmsNorm", x!, weight!, 1),
  gradient(context) {
    const [x] = context.inputs;
    const [, inverse] = context.outputs;
    return normGradient(context, mul(x!, inverse!), inverse!, false);
  },
  onnx({ emit, inputs: [x, weight], attributes: { epsilon } }) {
    // ONNX Runtime recognises this chain and runs it as one kernel.
    const square = emit.node("Pow", [x!, emit.float(2)]);
    const mean = emit.node("ReduceMean", [square, emit.int64([-1])]);
    const deviation = emit.node("Sqrt", [emit.node("Add", [mean, emit.float(epsilon)])]);
    const inverse = emit.node("Div", [emit.float(1), deviation]);
    return [emit.node("Mul", [emit.node("Mul", [x!, inverse]), weight!]), inverse];
  },
  reference([x, weight], { epsilon }) {
    const inverse = rowMeans(x!, (value) => value * value).map(
      (square) => 1 / Math.sqrt(square + epsilon),
    );
    return [scaleRows(x!.data, inverse, weight!), inverse];
  },
};

function rowMeans({ shape, data }: Dense, of: (value: number) => number): Float64Array {
  const width = shape.at(-1)!;
  const means = new Float64Array(data.length / width);
  data.forEach((value, i) => (means[Math.floor(i / width)]! += of(value) / width));
  return means;
}

function scaleRows(data: Float64Array, rows: Float64Array, weight: Dense): Float64Array {
  const width = weight.data.length;
  return data.map((value, i) => value * rows[Math.floor(i / width)]! * weight.data[i % width]!);
}
