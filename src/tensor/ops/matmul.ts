/**
 * Matrix products, batched and broadcast like NumPy's, either side transposed.
 *
 * @module
 */
import { apply } from "../graph.ts";
import type { Tensor } from "../graph.ts";
import type { Dense, Op, OpAttributes } from "../op.ts";
import { broadcastShapes, elementCount, isFixed, multiplyDims, shapeError } from "../shape.ts";
import type { Shape } from "../shape.ts";
import { unbroadcast } from "./elementwise.ts";
import { reshape } from "./layout.ts";

/**
 * `scale * a @ b` over the last two axes; leading axes are broadcast.
 *
 * @example
 * ```ts
 * matmul(x, weight, { transposeB: true }); // [batch, in] x [out, in] -> [batch, out]
 * ```
 */
export function matmul(
  a: Tensor,
  b: Tensor,
  options: { transposeA?: boolean; transposeB?: boolean; scale?: number } = {},
): Tensor {
  const { transposeA = false, transposeB = false, scale = 1 } = options;
  return apply("matmul", matmulOp, [a, b], { transposeA, transposeB, scale })[0]!;
}

/** The last two axes after the optional transposition. */
function matrix(shape: Shape, transposed: boolean): Shape {
  const [rows, columns] = shape.slice(-2);
  return transposed ? [columns!, rows!] : [rows!, columns!];
}

export const matmulOp: Op<"matmul"> = {
  infer([a, b], { transposeA, transposeB }) {
    const shapes = [a!.shape, b!.shape];
    if (a!.dtype !== "float32" || b!.dtype !== "float32")
      throw shapeError("matmul", `needs float32 (${a!.dtype}, ${b!.dtype})`, shapes);
    if (a!.shape.length < 2 || b!.shape.length < 2)
      throw shapeError("matmul", "needs two axes or more on both sides", shapes);
    const [rows, inner] = matrix(a!.shape, transposeA);
    const [other, columns] = matrix(b!.shape, transposeB);
    if (inner !== other)
      throw shapeError(
        "matmul",
        `inner sizes must be equal (${inner} against ${other}` +
          `${transposeA ? ", a transposed" : ""}${transposeB ? ", b transposed" : ""})`,
        shapes,
      );
    const batch = broadcastShapes("matmul", a!.shape.slice(0, -2), b!.shape.slice(0, -2));
    return [{ shape: [...batch, rows!, columns!], dtype: "float32" }];
  },

  gradient({ inputs: [a, b], gradients: [d], attributes, needs }) {
    return [
      needs(0) ? unbroadcast(gradientA(d!, b!, attributes), a!.shape) : undefined,
      needs(1) ? gradientB(d!, a!, b!, attributes) : undefined,
    ];
  },

  onnx({ emit, inputs: [a, b], specs, attributes: { transposeA, transposeB, scale } }) {
    const [left, right] = specs.inputs;
    if (left!.shape.length === 2 && right!.shape.length === 2) {
      const plain = !transposeA && !transposeB && scale === 1;
      if (plain) return [emit.node("MatMul", [a!, b!])];
      const attributes = {
        transA: transposeA ? 1 : 0,
        transB: transposeB ? 1 : 0,
        alpha: { float: scale },
      };
      return [emit.node("Gemm", [a!, b!], { attributes })];
    }
    // ONNX Runtime fuses these transposes and the factor into the product where it can.
    const turned = (name: string, shape: Shape, yes: boolean): string => {
      const rank = shape.length;
      const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
      return yes ? emit.node("Transpose", [name], { attributes: { perm } }) : name;
    };
    const product = emit.node("MatMul", [
      turned(a!, left!.shape, transposeA),
      turned(b!, right!.shape, transposeB),
    ]);
    return [scale === 1 ? product : emit.node("Mul", [product, emit.float(scale)])];
  },

  reference([a, b], { transposeA, transposeB, scale }, [out]) {
    const [rows, columns] = out!.shape.slice(-2) as [number, number];
    const inner = a!.shape.at(transposeA ? -2 : -1)!;
    const batch = out!.shape.slice(0, -2);
    const matricesA = matrixOffsets(a!, batch);
    const matricesB = matrixOffsets(b!, batch);
    const [stepA, acrossA] = transposeA ? [1, rows] : [inner, 1];
    const [stepB, acrossB] = transposeB ? [inner, 1] : [1, columns];
    const result = new Float64Array(elementCount(out!.shape));
    let at = 0;
    for (let m = 0; m < matricesA.length; m++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          let dot = 0;
          for (let k = 0; k < inner; k++)
            dot +=
              a!.data[matricesA[m]! + i * stepA + k * acrossA]! *
              b!.data[matricesB[m]! + j * stepB + k * acrossB]!;
          result[at++] = scale * dot;
        }
    return [result];
  },
};

type Attributes = OpAttributes["matmul"];

function gradientA(d: Tensor, b: Tensor, { transposeA, transposeB, scale }: Attributes): Tensor {
  return transposeA
    ? matmul(b, d, { transposeA: transposeB, transposeB: true, scale })
    : matmul(d, b, { transposeB: !transposeB, scale });
}

function gradientB(d: Tensor, a: Tensor, b: Tensor, attributes: Attributes): Tensor {
  const { transposeA, transposeB, scale } = attributes;
  // Rows of all batches against one matrix: one flat product instead of a sum over batches.
  const flat = b.shape.length === 2 && a.shape.length > 2 && !transposeA && isFixed(a.shape);
  const rows = (x: Tensor) =>
    flat ? reshape(x, [multiplyDims(x.shape.slice(0, -1)), x.shape.at(-1)!]) : x;
  const [left, gradient] = [rows(a), rows(d)];
  const result = transposeB
    ? matmul(gradient, left, { transposeA: true, transposeB: transposeA, scale })
    : matmul(left, gradient, { transposeA: !transposeA, scale });
  return unbroadcast(result, b.shape);
}

/** Where each matrix of the broadcast batch starts in an operand's data. */
function matrixOffsets(operand: Dense, batch: readonly number[]): number[] {
  const own = operand.shape.slice(0, -2);
  const size = elementCount(operand.shape.slice(-2));
  return Array.from({ length: elementCount(batch) }, (_, flat) => {
    let offset = 0;
    let stride = size;
    let rest = flat;
    for (let axis = batch.length - 1; axis >= 0; axis--) {
      const index = rest % batch[axis]!;
      rest = Math.floor(rest / batch[axis]!);
      const dim = own[axis - batch.length + own.length];
      if (dim === undefined) continue;
      if (dim !== 1) offset += index * stride;
      stride *= dim;
    }
    return offset;
  });
}
