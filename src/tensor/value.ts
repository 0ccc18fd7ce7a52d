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
  readonly data: Float32Array | Float64Array | Int32Array | Int8Array | Uint8Array;
}

/** What files hold: float32 in fewer bits, too. Programs see {@link Stored.dtype} widened to float32. */
export type StoredDtype = "float32" | "float16" | "bfloat16" | "int8" | "uint8";

/** Bytes of one number in a file. */
export const storedWidth: Readonly<Record<StoredDtype, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  uint8: 1,
};

/**
 * A tensor that lies in a file, row-major and little-endian. A runtime that can reads it from there
 * itself, so that it never passes through the host's memory.
 */
export interface Stored {
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  /** The folder, and the name of the file in it. */
  readonly folder: string;
  readonly file: string;
  /** Where the first number lies, in bytes from the start of the file. */
  readonly offset: number;
}

/** A value that never changes: at hand, or in a file. */
export type Constant = Value | Stored;

/** Whether a constant lies in a file. */
export const isStored = (constant: Constant): constant is Stored => Object.hasOwn(constant, "file");

/** The dtype that a program sees. */
export const dtypeOf = ({ dtype }: Pick<Constant, "dtype">): Dtype =>
  dtype === "float16" || dtype === "bfloat16" ? "float32" : dtype;

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
