/**
 * Activations of the MLP. Each is x times a sigmoid, and so is its derivative's heart.
 *
 * @module
 */
import { apply } from "../graph.ts";
import type { Tensor } from "../graph.ts";
import { add, mul, sigmoid, sub, unaryOp } from "./elementwise.ts";

/** The tanh form of GELU (Hendrycks & Gimpel 2016), as GPT-2 and DiT use it. */
export const gelu = (x: Tensor): Tensor => apply("gelu", geluOp, [x], {})[0]!;

/** x * sigmoid(x), also called swish: the gate of SwiGLU (Shazeer 2020). */
export const silu = (x: Tensor): Tensor => apply("silu", siluOp, [x], {})[0]!;

// (1 + tanh u) / 2 = sigmoid(2u), so gelu(x) = x sigmoid(x (a + b x^2)).
const a = 2 * Math.sqrt(2 / Math.PI);
const b = 0.044715 * a;

export const geluOp = unaryOp({
  name: "gelu",
  onnx: ({ emit, inputs }) => [emit.node("Gelu", inputs, { attributes: { approximate: "tanh" } })],
  value: (x) => x / (1 + Math.exp(-x * (a + b * x * x))),
  // With s the sigmoid: dy/dx = s (1 + (x - y) (a + 3 b x^2)).
  gradient(d, x, y) {
    const square = mul(x, x);
    const s = sigmoid(mul(x, add(a, mul(square, b))));
    const slope = mul(sub(x, y), add(a, mul(square, 3 * b)));
    return mul(d, mul(s, add(slope, 1)));
  },
});

export const siluOp = unaryOp({
  name: "silu",
  onnx: ({ emit, inputs }) => [emit.node("Mul", [inputs[0]!, emit.node("Sigmoid", inputs)])],
  value: (x) => x / (1 + Math.exp(-x)),
  // With s the sigmoid: dy/dx = s + y (1 - s).
  gradient(d, x, y) {
    const s = sigmoid(x);
    return mul(d, add(s, mul(y, sub(1, s))));
  },
});
