/**
 * Rotary position embedding (Su et al. 2021, RoFormer), in the half-split form of GPT-NeoX.
 *
 * Element i of the first half and element i of the second form a pair that is turned by an angle:
 * (a, b) -> (a cos - b sin, b cos + a sin). Cosines and sines are inputs, computed on the host:
 * GPUs only promise them to 2^-11.
 *
 * @module
 */
import { apply } from "../graph.ts";
import type { Tensor } from "../graph.ts";
import type { Op } from "../op.ts";
import { broadcastShapes, sameShape, shapeError } from "../shape.ts";
import { broadcastTo } from "./elementwise.ts";

/**
 * Turns pairs of x [..., length, size] by the angles whose cosines and sines are given, broadcast to
 * [..., length, size / 2].
 */
export const rotary = (x: Tensor, cosines: Tensor, sines: Tensor): Tensor =>
  apply("rotary", rotaryOp, [x, cosines, sines], { inverse: false })[0]!;

export const rotaryOp: Op<"rotary"> = {
  infer([x, cosines, sines]) {
    const [length, size] = x!.shape.slice(-2);
    const half = typeof size === "number" && size % 2 === 0 ? size / 2 : undefined;
    const pairs = [...x!.shape.slice(0, -1), half ?? 0];
    const table = cosines!.shape;
    const fits =
      sameShape(table.slice(-2), [length!, half ?? 0]) &&
      sameShape(table, sines!.shape) &&
      sameShape(broadcastShapes("rotary", table, pairs), pairs);
    if (x!.dtype !== "float32" || half === undefined || !fits)
      throw shapeError("rotary", "needs [..., length, even size] and two of [length, size / 2]", [
        x!.shape,
        cosines!.shape,
        sines!.shape,
      ]);
    return [x!];
  },
  // A rotation's gradient is the rotation back.
  gradient: ({ inputs: [, cosines, sines], gradients: [d], attributes: { inverse } }) => [
    apply("rotary", rotaryOp, [d!, cosines!, sines!], { inverse: !inverse })[0]!,
    undefined,
    undefined,
  ],
  onnx({ emit, inputs: [x, cosines, sines], attributes: { inverse } }) {
    const [first, second] = emit.nodeWithOutputs("Split", [x!], [true, true], {
      attributes: { axis: -1, num_outputs: 2 },
    });
    const turn = (a: string, cosine: string, b: string, sine: string, minus: boolean): string =>
      emit.node(minus ? "Sub" : "Add", [
        emit.node("Mul", [a, cosine]),
        emit.node("Mul", [b, sine]),
      ]);
    const halves = [
      turn(first!, cosines!, second!, sines!, !inverse),
      turn(second!, cosines!, first!, sines!, inverse),
    ];
    return [emit.node("Concat", halves, { attributes: { axis: -1 } })];
  },
  reference([x, cosines, sines], { inverse }) {
    const size = x!.shape.at(-1)!;
    const half = size / 2;
    const pairs = [...x!.shape.slice(0, -1), half];
    const [cosine, sine] = [broadcastTo(cosines!, pairs), broadcastTo(sines!, pairs)];
    const sign = inverse ? -1 : 1;
    return [
      x!.data.map((value, i) => {
        const column = i % size;
        const angle = Math.floor(i / size) * half + (column % half);
        const partner = column < half ? -x!.data[i + half]! : x!.data[i - half]!;
        return value * cosine[angle]! + sign * partner * sine[angle]!;
      }),
    ];
  },
};
