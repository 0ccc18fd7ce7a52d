/**
 * Comparisons, choices and changes of dtype: what attention masks are made of.
 *
 * @module
 */
import { apply, operand } from "../graph.ts";
import type { Operand, Tensor } from "../graph.ts";
import { elementType } from "../onnx/proto.ts";
import type { Op } from "../op.ts";
import { broadcastShapes, shapeError } from "../shape.ts";
import type { Dtype } from "../shape.ts";
import { broadcastTo, unbroadcast } from "./elementwise.ts";

/** a < b, as bool. */
export const less = (a: Tensor, b: Operand): Tensor => compare("less", lessOp, a, b);
/** a <= b, as bool. */
export const lessOrEqual = (a: Tensor, b: Operand): Tensor =>
  compare("lessOrEqual", lessOrEqualOp, a, b);
/** a = b, as bool. */
export const equal = (a: Tensor, b: Operand): Tensor => compare("equal", equalOp, a, b);
export const and = (a: Tensor, b: Tensor): Tensor => apply("and", andOp, [a, b], {})[0]!;
export const or = (a: Tensor, b: Tensor): Tensor => apply("or", orOp, [a, b], {})[0]!;

/** `yes` where the condition holds, `no` elsewhere; all three are broadcast. */
export const where = (condition: Tensor, yes: Operand, no: Operand): Tensor =>
  apply("where", whereOp, [condition, operand(yes), operand(no)], {})[0]!;

/** The same numbers in another dtype; to int32 truncates, to bool asks "not zero?". */
export const cast = (x: Tensor, to: Dtype): Tensor =>
  x.dtype === to ? x : apply("cast", castOp, [x], { to })[0]!;

type Comparison = "less" | "lessOrEqual" | "equal";
type Logic = Comparison | "and" | "or";

const compare = (name: Comparison, op: Op<Comparison>, a: Tensor, b: Operand): Tensor =>
  apply(name, op, [a, operand(b, a.dtype)], {})[0]!;

function logicOp(
  name: Logic,
  onnx: string,
  takes: readonly Dtype[],
  value: (a: number, b: number) => boolean,
): Op<Logic> {
  return {
    infer([a, b]) {
      if (a!.dtype !== b!.dtype || !takes.includes(a!.dtype))
        throw shapeError(name, `needs two of ${takes.join(" or ")} (${a!.dtype}, ${b!.dtype})`, [
          a!.shape,
          b!.shape,
        ]);
      return [{ shape: broadcastShapes(name, a!.shape, b!.shape), dtype: "bool" }];
    },
    gradient: { none: "its output is a truth value" },
    onnx: ({ emit, inputs }) => [emit.node(onnx, inputs)],
    reference([a, b], _, [out]) {
      const y = broadcastTo(b!, out!.shape);
      return [broadcastTo(a!, out!.shape).map((x, i) => (value(x, y[i]!) ? 1 : 0))];
    },
  };
}

const numbers = ["float32", "int32"] as const;

export const lessOp = logicOp("less", "Less", numbers, (a, b) => a < b);
export const lessOrEqualOp = logicOp("lessOrEqual", "LessOrEqual", numbers, (a, b) => a <= b);
export const equalOp = logicOp("equal", "Equal", numbers, (a, b) => a === b);
export const andOp = logicOp("and", "And", ["bool"], (a, b) => a !== 0 && b !== 0);
export const orOp = logicOp("or", "Or", ["bool"], (a, b) => a !== 0 || b !== 0);

export const whereOp: Op<"where"> = {
  infer([condition, yes, no]) {
    if (condition!.dtype !== "bool" || yes!.dtype !== "float32" || no!.dtype !== "float32")
      throw shapeError(
        "where",
        `needs a bool and two float32 (${condition!.dtype}, ${yes!.dtype}, ${no!.dtype})`,
        [condition!.shape, yes!.shape, no!.shape],
      );
    const choices = broadcastShapes("where", yes!.shape, no!.shape);
    return [{ shape: broadcastShapes("where", condition!.shape, choices), dtype: "float32" }];
  },
  gradient({ inputs: [condition, yes, no], gradients: [d], needs }) {
    return [
      undefined,
      needs(1) ? unbroadcast(where(condition!, d!, 0), yes!.shape) : undefined,
      needs(2) ? unbroadcast(where(condition!, 0, d!), no!.shape) : undefined,
    ];
  },
  onnx: ({ emit, inputs }) => [emit.node("Where", inputs)],
  reference([condition, yes, no], _, [out]) {
    const a = broadcastTo(yes!, out!.shape);
    const b = broadcastTo(no!, out!.shape);
    return [broadcastTo(condition!, out!.shape).map((c, i) => (c !== 0 ? a[i]! : b[i]!))];
  },
};

export const castOp: Op<"cast"> = {
  infer: ([x], { to }) => [{ shape: x!.shape, dtype: to }],
  // Only a float32 input asks for a gradient, and what an integer or a bool says has none.
  gradient: { none: "casting from or to a float is a step function" },
  onnx: ({ emit, inputs, attributes: { to } }) => [
    emit.node("Cast", inputs, { attributes: { to: elementType[to] } }),
  ],
  reference([x], { to }) {
    if (to === "bool") return [x!.data.map((value) => (value !== 0 ? 1 : 0))];
    return [to === "int32" ? x!.data.map(Math.trunc) : x!.data];
  },
};
