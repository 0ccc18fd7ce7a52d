/**
 * Sizes that are numbers or names, and the rules by which they combine.
 *
 * A named size ("batch", "length") is any number that is known only when a program runs. Sums and
 * products of names are written as text ("past+length", "2*batch"): enough for key/value caches
 * and flattened rows.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";

/** A size: a number, or the name of one that is known when the program runs. */
export type Dim = number | string;

/** Sizes of a tensor, outermost first. A scalar has none. */
export type Shape = readonly Dim[];

/** Element types. Integers and booleans exist for indices and masks; only float32 has gradients. */
export type Dtype = "float32" | "int32" | "bool" | "int8" | "uint8";

/** What is known of a tensor before it has values. */
export interface Spec {
  readonly shape: Shape;
  readonly dtype: Dtype;
}

/** The error of an op that was given shapes it can't take. */
export function shapeError(op: string, requirement: string, shapes: readonly Shape[]): UnmaskError {
  return new UnmaskError(
    "shape",
    `${op}: ${requirement}, got ${shapes.map(formatShape).join(" and ")}`,
  );
}

/** `[batch, 256]` */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** `float32[batch, 256]` */
export function formatSpec(spec: Spec): string {
  return `${spec.dtype}${formatShape(spec.shape)}`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/**
 * NumPy's broadcasting over named sizes: a name fits itself and 1.
 *
 * @throws UnmaskError `shape`, with the op and both shapes, where two sizes differ.
 */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    throw shapeError(op, "sizes must be equal or 1, counted from the right", [a, b]);
  });
}

/** The product of sizes: a number, or a text in canonical order when a name takes part. */
export function multiplyDims(dims: Shape): Dim {
  const names: string[] = [];
  let number = 1;
  for (const dim of dims) {
    if (typeof dim === "number") number *= dim;
    else
      for (const factor of dim.split("*")) {
        if (/^\d+$/.test(factor)) number *= Number(factor);
        else names.push(factor);
      }
  }
  if (names.length === 0) return number;
  return [...(number === 1 ? [] : [String(number)]), ...names.toSorted()].join("*");
}

/** The sum of sizes: a number, or a text that names each term once, in the order of their appearance. */
export function addDims(dims: Shape): Dim {
  let number = 0;
  const counts = new Map<string, number>();
  for (const term of dims.flatMap((dim) => String(dim).split("+"))) {
    const [, count, name] = /^(?:(\d+)\*)?(.*)$/.exec(term)!;
    if (/^\d+$/.test(name!)) number += Number(count ?? 1) * Number(name);
    else counts.set(name!, (counts.get(name!) ?? 0) + Number(count ?? 1));
  }
  if (counts.size === 0) return number;
  const terms = Array.from(counts, ([name, count]) => multiplyDims([count, name]));
  return [...terms, ...(number === 0 ? [] : [number])].join("+");
}

/** The number that a size stands for once the names have values. */
export function evaluateDim(dim: Dim, names: ReadonlyMap<string, number>): number {
  if (typeof dim === "number") return dim;
  let sum = 0;
  for (const term of dim.split("+")) {
    let product = 1;
    for (const factor of term.split("*")) {
      const value = /^\d+$/.test(factor) ? Number(factor) : names.get(factor);
      if (value === undefined)
        throw new UnmaskError("shape", `size "${factor}" of "${dim}" has no value in this run`);
      product *= value;
    }
    sum += product;
  }
  return sum;
}

/** A shape with every name replaced by its number. */
export function evaluateShape(shape: Shape, names: ReadonlyMap<string, number>): number[] {
  return shape.map((dim) => evaluateDim(dim, names));
}

/** Number of elements of a shape whose sizes are all numbers. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** Whether every size is a number. */
export function isFixed(shape: Shape): shape is readonly number[] {
  return shape.every((dim) => typeof dim === "number");
}

/** Axis counted from the end when negative, checked. */
export function normalizeAxis(op: string, axis: number, shape: Shape): number {
  const index = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(index) || index < 0 || index >= shape.length)
    throw shapeError(op, `axis ${axis} must exist`, [shape]);
  return index;
}
