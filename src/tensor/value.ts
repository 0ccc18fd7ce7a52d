/**
 * Values on the host: what goes into a program and what comes out.
 *
 * @module
 */
import { elementCount } from "./shape.ts";
import type { Dtype } from "./shape.ts";

/** A tensor with its numbers, row-major. Booleans are bytes of 0 and 1. */
export interface Value {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** A Float64Array holds float32 numbers in more digits than most runtimes use. */
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

/** A float32 value. Double precision is kept for the runtime that can use it. */
export function floats(shape: readonly number[], data: ArrayLike<number>): Value {
  const typed = data instanceof Float32Array || data instanceof Float64Array;
  return { dtype: "float32", shape, data: typed ? data : Float64Array.from(data) };
}

/** An int32 value. */
export function integers(shape: readonly number[], data: ArrayLike<number>): Value {
  return { dtype: "int32", shape, data: data instanceof Int32Array ? data : Int32Array.from(data) };
}

/** A float32 value of one repeated number. */
export function filled(shape: readonly number[], value: number): Value {
  return { dtype: "float32", shape, data: new Float32Array(elementCount(shape)).fill(value) };
}
