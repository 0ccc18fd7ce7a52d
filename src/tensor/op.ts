/**
 * What an op is: one record with its four rules, so that nothing about it is written elsewhere.
 *
 * @module
 */
import type { Dtype, Shape, Spec } from "./shape.ts";
import type { Tensor } from "./graph.ts";
import type { Emitter } from "./onnx/emitter.ts";

type None = Readonly<Record<never, never>>;

/** Every op and its attributes: fixed when the graph is built. */
export interface OpAttributes {
  add: None;
  sub: None;
  mul: None;
  div: None;
  neg: None;
  exp: None;
  log: None;
  sqrt: None;
  tanh: None;
  sigmoid: None;
  gelu: None;
  silu: None;
  stopGradient: None;
  less: None;
  lessOrEqual: None;
  equal: None;
  and: None;
  or: None;
  where: None;
  cast: { readonly to: Dtype };
  reshape: { readonly shape: Shape };
  transpose: { readonly permutation: readonly number[] };
  expand: { readonly shape: Shape };
  slice: { readonly axis: number; readonly start: number; readonly end: number };
  pad: { readonly axis: number; readonly before: number; readonly after: number };
  concat: { readonly axis: number };
  split: { readonly axis: number; readonly sizes: readonly number[] };
  sum: { readonly axes: readonly number[]; readonly keep: boolean };
  matmul: {
    readonly transposeA: boolean;
    readonly transposeB: boolean;
    readonly scale: number;
  };
  matmulInt8: None;
  matmulInt4: { readonly inner: number };
  topK: { readonly count: number };
  softmax: None;
  logSoftmax: None;
  crossEntropy: None;
  layerNorm: { readonly epsilon: number };
  rmsNorm: { readonly epsilon: number };
  attention: { readonly scale: number };
  cachedAttention: { readonly scale: number };
  rotary: { readonly inverse: boolean };
  oneHot: { readonly depth: number };
  gather: None;
  scatterAdd: { readonly rows: number };
}

export type OpName = keyof OpAttributes;

/** An array of the reference runtime: every dtype as float64, row-major. */
export interface Dense {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** What a gradient rule may use. */
export interface GradientContext<K extends OpName> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: OpAttributes[K];
  /** Gradient of the loss for each output; undefined where the loss doesn't depend on it. */
  readonly gradients: readonly (Tensor | undefined)[];
  /** Whether somebody wants the gradient of input i: rules may skip the others. */
  readonly needs: (input: number) => boolean;
}

/** The four rules of an op. */
export interface Op<K extends OpName> {
  /** Shapes and dtypes of the outputs; throws a shape error that names the op and the shapes. */
  infer(inputs: readonly Spec[], attributes: OpAttributes[K]): readonly Spec[];
  /**
   * Gradients for each input as new graph nodes (undefined: none flows there), or the reason why
   * this op has none.
   */
  gradient: ((context: GradientContext<K>) => readonly (Tensor | undefined)[]) | { none: string };
  /** Writes ONNX nodes; returns the names of the outputs, undefined for those nobody reads. */
  onnx(context: OnnxContext<K>): readonly (string | undefined)[];
  /** The values in float64, written for clarity: the oracle of the tests. */
  reference(
    inputs: readonly Dense[],
    attributes: OpAttributes[K],
    outputs: readonly { readonly shape: readonly number[]; readonly dtype: Dtype }[],
  ): readonly Float64Array[];
}

export interface OnnxContext<K extends OpName> {
  readonly emit: Emitter;
  readonly inputs: readonly string[];
  readonly attributes: OpAttributes[K];
  readonly specs: { readonly inputs: readonly Spec[]; readonly outputs: readonly Spec[] };
  /** Whether output i is read by anybody. */
  readonly reads: (output: number) => boolean;
}
