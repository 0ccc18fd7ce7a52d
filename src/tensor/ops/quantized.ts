/**
 * Products with quantised weights, as ONNX Runtime computes them on integers. They only serve
 * sampling and scoring: there is no gradient.
 *
 * @module
 */
import { apply } from "../graph.ts";
import type { Tensor } from "../graph.ts";
import { microsoft } from "../onnx/proto.ts";
import type { Dense, Op } from "../op.ts";
import { elementCount, sameShape, shapeError } from "../shape.ts";

/**
 * The largest magnitude of a rounded activation, and what stands for 0. Seven bits, not eight: processors
 * without VNNI add two products of bytes in 16 bits, and 2 * 127 * 127 is the most that fits.
 */
const most = 63;
const middle = 64;

/**
 * `x W` with weights of 8 bits: float32 [..., inputs] and int8 [inputs, outputs] to [..., outputs].
 * Weight `(i, o)` stands for `weight[i][o] * scales[o]`.
 *
 * Every row of x is rounded to 7 bits by its own largest magnitude, so what a row gives depends on no
 * other row.
 */
export const matmulInt8 = (x: Tensor, weight: Tensor, scales: Tensor): Tensor =>
  apply("matmulInt8", matmulInt8Op, [x, weight, scales], {})[0]!;

/**
 * `x W^T` with weights of 4 bits in blocks along the inputs: float32 [..., inputs], uint8
 * [outputs, blocks, block / 2] and float32 [outputs, blocks] to [..., outputs]. A byte holds two
 * neighbours, the first in its lower half; `n` in 0 .. 15 stands for `(n - 8) * scale`. Where `inputs`
 * is not a multiple of a block, the last one is filled up.
 *
 * ONNX Runtime may round the blocks of x to 8 bits, which is where its speed comes from.
 */
export const matmulInt4 = (x: Tensor, weight: Tensor, scales: Tensor): Tensor =>
  apply("matmulInt4", matmulInt4Op, [x, weight, scales], { inner: x.shape.at(-1) as number })[0]!;

export const matmulInt8Op: Op<"matmulInt8"> = {
  infer([x, weight, scales]) {
    const shapes = [x!.shape, weight!.shape, scales!.shape];
    const [inputs, outputs] = weight!.shape;
    const dtypes = [x!.dtype, weight!.dtype, scales!.dtype].join();
    const fits = weight!.shape.length === 2 && x!.shape.at(-1) === inputs;
    if (dtypes !== "float32,int8,float32" || !fits || !sameShape(scales!.shape, [outputs!]))
      throw shapeError(
        "matmulInt8",
        `needs float32 [..., inputs], int8 [inputs, outputs] and float32 [outputs] (${dtypes})`,
        shapes,
      );
    return [{ shape: [...x!.shape.slice(0, -1), outputs!], dtype: "float32" }];
  },
  gradient: { none: "quantised weights are not trained" },
  onnx({ emit, inputs: [x, weight, scales] }) {
    const largest = emit.node("ReduceMax", [emit.node("Abs", [x!]), emit.int64([-1])]);
    // A row of zeros stays one.
    const magnitude = emit.node("Max", [largest, emit.float(1e-30)]);
    const scale = emit.float(1 / most);
    const zero = emit.constant({ dtype: "uint8", shape: [], data: Uint8Array.of(middle) });
    const rounded = emit.node("QuantizeLinear", [emit.node("Div", [x!, magnitude]), scale, zero]);
    const product = emit.node("MatMulIntegerToFloat", [rounded, weight!, scale, scales!, zero], {
      domain: microsoft,
    });
    return [emit.node("Mul", [product, magnitude])];
  },
  reference([x, weight, scales]) {
    const [inputs, outputs] = weight!.shape as [number, number];
    return [
      rows(x!, (row) => {
        const magnitude = Math.max(1e-30, ...row.map(Math.abs));
        const rounded = row.map((value) => roundEven((value / magnitude) * most));
        return Float64Array.from({ length: outputs }, (_, o) => {
          let sum = 0;
          for (let i = 0; i < inputs; i++) sum += rounded[i]! * weight!.data[i * outputs + o]!;
          return (sum * scales!.data[o]! * magnitude) / most;
        });
      }),
    ];
  },
};

export const matmulInt4Op: Op<"matmulInt4"> = {
  infer([x, weight, scales], { inner }) {
    const shapes = [x!.shape, weight!.shape, scales!.shape];
    const [outputs, blocks, half] = weight!.shape;
    const dtypes = [x!.dtype, weight!.dtype, scales!.dtype].join();
    const fits =
      typeof half === "number" &&
      x!.shape.at(-1) === inner &&
      blocks === Math.ceil(inner / (2 * half)) &&
      sameShape(scales!.shape, [outputs!, blocks]);
    if (dtypes !== "float32,uint8,float32" || !fits)
      throw shapeError(
        "matmulInt4",
        "needs float32 [..., inputs], uint8 [outputs, blocks, block / 2] and float32 " +
          `[outputs, blocks] (${dtypes})`,
        shapes,
      );
    return [{ shape: [...x!.shape.slice(0, -1), outputs!], dtype: "float32" }];
  },
  gradient: { none: "quantised weights are not trained" },
  onnx({ emit, inputs, specs, attributes: { inner } }) {
    const [outputs, , half] = specs.inputs[1]!.shape as [number, number, number];
    const attributes = { K: inner, N: outputs, bits: 4, block_size: 2 * half, accuracy_level: 4 };
    return [emit.node("MatMulNBits", inputs, { attributes, domain: microsoft })];
  },
  reference([x, weight, scales], { inner }) {
    const [outputs, blocks, half] = weight!.shape as [number, number, number];
    const size = 2 * half;
    const at = (output: number, input: number): number => {
      const block = output * blocks + Math.floor(input / size);
      const byte = weight!.data[block * half + ((input % size) >> 1)]!;
      return ((input % 2 === 0 ? byte & 15 : byte >> 4) - 8) * scales!.data[block]!;
    };
    return [
      rows(x!, (row) =>
        Float64Array.from({ length: outputs }, (_, o) => {
          let sum = 0;
          for (let i = 0; i < inner; i++) sum += row[i]! * at(o, i);
          return sum;
        }),
      ),
    ];
  },
};

/** Each row of the last axis for itself. */
function rows(x: Dense, each: (row: Float64Array) => Float64Array): Float64Array {
  const width = x.shape.at(-1)!;
  const count = elementCount(x.shape) / width;
  const results = Array.from({ length: count }, (_, i) =>
    each(x.data.subarray(i * width, (i + 1) * width)),
  );
  return Float64Array.from(results.flatMap((row) => [...row]));
}

/** To the nearest integer; from the middle between two, to the even one. */
function roundEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
