/**
 * The tensor language: build graphs, differentiate them, print them, write them as ONNX, run them.
 *
 * @module
 */
export { constant, input, print, program, scalar } from "./graph.ts";
export type { Operand, Program, Tensor } from "./graph.ts";
export { gradients } from "./grad.ts";
export { toOnnx } from "./onnx/export.ts";

export { add, div, exp, log, mul, neg, sigmoid, sqrt, sub, tanh } from "./ops/elementwise.ts";
export { stopGradient } from "./ops/stop-gradient.ts";
export { gelu, silu } from "./ops/activation.ts";
export { attention } from "./ops/attention.ts";
export { cachedAttention } from "./ops/cached-attention.ts";
export { gather, oneHot, scatterAdd } from "./ops/gather.ts";
export {
  concat,
  expand,
  pad,
  reshape,
  slice,
  split,
  splitEvenly,
  transpose,
} from "./ops/layout.ts";
export { and, cast, equal, less, lessOrEqual, or, where } from "./ops/logic.ts";
export { matmul } from "./ops/matmul.ts";
export { matmulInt4, matmulInt8 } from "./ops/quantized.ts";
export { topK } from "./ops/top-k.ts";
export { layerNorm, rmsNorm } from "./ops/norm.ts";
export { mean, sum } from "./ops/reduce.ts";
export { rotary } from "./ops/rotary.ts";
export { crossEntropy, logSoftmax, softmax } from "./ops/softmax.ts";
export type { OpName } from "./op.ts";

export { permutation, randomKey, randomStream, splitKey } from "./random.ts";
export type { Key, Random } from "./random.ts";
export { elementCount, formatShape, formatSpec, multiplyDims, sameShape } from "./shape.ts";
export type { Dim, Dtype, Shape, Spec } from "./shape.ts";
export { dtypeOf, filled, floats, integers, isStored, storedWidth } from "./value.ts";
export type { Constant, Stored, StoredDtype, Value } from "./value.ts";

export { referenceRuntime } from "./runtime/reference.ts";
export type { CompileOptions, Executable, RunOptions, Runtime, Store } from "./runtime/runtime.ts";
