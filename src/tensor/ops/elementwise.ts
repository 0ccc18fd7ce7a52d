/**
 * Arithmetic element by element, with NumPy's broadcasting.
 *
 * @module
 */
import { apply, operand } from "../graph.ts";
import type { Operand, Tensor } from "../graph.ts";
import type { Dense, GradientContext, Op } from "../op.ts";
import { broadcastShapes, elementCount, sameShape, shapeError } from "../shape.ts";
import type { Dtype, Shape, Spec } from "../shape.ts";
import { reshape } from "./layout.ts";
import { sum } from "./reduce.ts";

/** a + b */
export const add = (a: Operand, b: Operand): Tensor => binary("add", addOp, a, b);
/** a - b */
export const sub = (a: Operand, b: Operand): Tensor => binary("sub", subOp, a, b);
/** a * b */
export const mul = (a: Operand, b: Operand): Tensor => binary("mul", mulOp, a, b);
/** a / b; integers are truncated towards zero. */
export const div = (a: Operand, b: Operand): Tensor => binary("div", divOp, a, b);

export const neg = (x: Tensor): Tensor => apply("neg", negOp, [x], {})[0]!;
export const exp = (x: Tensor): Tensor => apply("exp", expOp, [x], {})[0]!;
/** Natural logarithm. */
export const log = (x: Tensor): Tensor => apply("log", logOp, [x], {})[0]!;
export const sqrt = (x: Tensor): Tensor => apply("sqrt", sqrtOp, [x], {})[0]!;
export const tanh = (x: Tensor): Tensor => apply("tanh", tanhOp, [x], {})[0]!;
/** 1 / (1 + exp(-x)) */
export const sigmoid = (x: Tensor): Tensor => apply("sigmoid", sigmoidOp, [x], {})[0]!;

type Binary = "add" | "sub" | "mul" | "div";

function binary(name: Binary, op: Op<Binary>, a: Operand, b: Operand): Tensor {
  const dtype = typeof a === "number" ? (typeof b === "number" ? "float32" : b.dtype) : a.dtype;
  return apply(name, op, [operand(a, dtype), operand(b, dtype)], {})[0]!;
}

/**
 * Undoes broadcasting for a gradient: sums over the axes along which `shape` was stretched.
 */
export function unbroadcast(gradient: Tensor, shape: Shape): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const offset = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dim, i) =>
    i < offset || (shape[i - offset] === 1 && dim !== 1) ? [i] : [],
  );
  return reshape(sum(gradient, axes, { keep: true }), shape);
}

/** Reads `from` (of shape `fromShape`) at every place of `toShape`, repeating along axes of size 1. */
export function broadcastTo(from: Dense, toShape: readonly number[]): Float64Array {
  if (sameShape(from.shape, toShape)) return from.data;
  const result = new Float64Array(elementCount(toShape));
  const rank = toShape.length;
  const strides = new Array<number>(rank).fill(0);
  let stride = 1;
  for (let i = from.shape.length - 1; i >= 0; i--) {
    if (from.shape[i] !== 1) strides[i + rank - from.shape.length] = stride;
    stride *= from.shape[i]!;
  }
  const index = new Array<number>(rank).fill(0);
  let position = 0;
  for (let out = 0; out < result.length; out++) {
    result[out] = from.data[position]!;
    for (let axis = rank - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      position += strides[axis]!;
      if (index[axis]! < toShape[axis]!) break;
      position -= strides[axis]! * toShape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

function binaryOp(rule: {
  name: Binary;
  onnx: string;
  value: (a: number, b: number, dtype: Dtype) => number;
  gradient: (context: GradientContext<Binary>, gradient: Tensor) => [() => Tensor, () => Tensor];
}): Op<Binary> {
  return {
    infer([a, b]) {
      if (a!.dtype !== b!.dtype || a!.dtype === "bool")
        throw shapeError(rule.name, `needs two of float32 or int32 (${a!.dtype}, ${b!.dtype})`, [
          a!.shape,
          b!.shape,
        ]);
      return [{ shape: broadcastShapes(rule.name, a!.shape, b!.shape), dtype: a!.dtype }];
    },
    gradient(context) {
      const parts = rule.gradient(context, context.gradients[0]!);
      return parts.map((part, i) =>
        context.needs(i) ? unbroadcast(part(), context.inputs[i]!.shape) : undefined,
      );
    },
    onnx: ({ emit, inputs }) => [emit.node(rule.onnx, inputs)],
    reference([a, b], _, [out]) {
      const x = broadcastTo(a!, out!.shape);
      const y = broadcastTo(b!, out!.shape);
      return [x.map((value, i) => rule.value(value, y[i]!, out!.dtype))];
    },
  };
}

export const addOp = binaryOp({
  name: "add",
  onnx: "Add",
  value: (a, b) => a + b,
  gradient: (_, d) => [() => d, () => d],
});

export const subOp = binaryOp({
  name: "sub",
  onnx: "Sub",
  value: (a, b) => a - b,
  gradient: (_, d) => [() => d, () => neg(d)],
});

export const mulOp = binaryOp({
  name: "mul",
  onnx: "Mul",
  value: (a, b) => a * b,
  gradient: ({ inputs: [a, b] }, d) => [() => mul(d, b!), () => mul(d, a!)],
});

export const divOp = binaryOp({
  name: "div",
  onnx: "Div",
  value: (a, b, dtype) => (dtype === "int32" ? Math.trunc(a / b) : a / b),
  gradient: ({ inputs: [, b], outputs: [y] }, d) => [
    () => div(d, b!),
    () => neg(div(mul(d, y!), b!)),
  ],
});

type Unary = "neg" | "exp" | "log" | "sqrt" | "tanh" | "sigmoid" | "gelu" | "silu";

/** An op of one float32 argument: its ONNX node(s), its value, its derivative. */
export function unaryOp(rule: {
  name: Unary;
  onnx: Op<Unary>["onnx"];
  value: (x: number) => number;
  /** d/dx times the incoming gradient, from x and y = f(x). */
  gradient: (d: Tensor, x: Tensor, y: Tensor) => Tensor;
}): Op<Unary> {
  return {
    infer([x]) {
      if (x!.dtype !== "float32")
        throw shapeError(rule.name, `needs float32 (${x!.dtype})`, [x!.shape]);
      return [x!] satisfies Spec[];
    },
    gradient: ({ inputs: [x], outputs: [y], gradients: [d] }) => [rule.gradient(d!, x!, y!)],
    onnx: rule.onnx,
    reference: ([x]) => [x!.data.map(rule.value)],
  };
}

/** The ONNX rule of an op that is one node of ONNX. */
export const single =
  (type: string): Op<Unary>["onnx"] =>
  ({ emit, inputs }) => [emit.node(type, inputs)];

export const negOp = unaryOp({
  name: "neg",
  onnx: single("Neg"),
  value: (x) => -x,
  gradient: (d) => neg(d),
});

export const expOp = unaryOp({
  name: "exp",
  onnx: single("Exp"),
  value: Math.exp,
  gradient: (d, _, y) => mul(d, y),
});

export const logOp = unaryOp({
  name: "log",
  onnx: single("Log"),
  value: Math.log,
  gradient: (d, x) => div(d, x),
});

export const sqrtOp = unaryOp({
  name: "sqrt",
  onnx: single("Sqrt"),
  value: Math.sqrt,
  gradient: (d, _, y) => div(mul(d, 0.5), y),
});

export const tanhOp = unaryOp({
  name: "tanh",
  onnx: single("Tanh"),
  value: Math.tanh,
  gradient: (d, _, y) => mul(d, sub(1, mul(y, y))),
});

export const sigmoidOp = unaryOp({
  name: "sigmoid",
  onnx: single("Sigmoid"),
  value: (x) => 1 / (1 + Math.exp(-x)),
  gradient: (d, _, y) => mul(d, mul(y, sub(1, y))),
});
