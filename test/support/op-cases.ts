/**
 * Worked cases for every op: what the conformance suites run on every runtime.
 *
 * @module
 */
import * as t from "unmask/tensor";
import type { Dtype, OpName, Shape, Tensor, Value } from "unmask/tensor";
import { multiplyDims } from "../../src/tensor/shape.ts";

export interface CaseInput {
  readonly shape: Shape;
  readonly dtype?: Dtype;
  /** Floats are drawn from this interval (default -2..2), integers from 0..high-1. */
  readonly range?: readonly [number, number];
  /** Not differentiated: masks and angles, for which the op's gradient says nothing. */
  readonly fixed?: boolean;
}

export interface OpCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, CaseInput>>;
  readonly build: (inputs: Readonly<Record<string, Tensor>>) => Tensor;
}

type Build = (...inputs: Tensor[]) => Tensor;

const x234: CaseInput = { shape: [2, 3, 4] };
const named: CaseInput = { shape: ["batch", "length", 4] };
const positive = [0.3, 3] as const;
const int8 = (shape: Shape): CaseInput => ({ shape, dtype: "int8", range: [-127, 128] });
const uint8 = (shape: Shape): CaseInput => ({ shape, dtype: "uint8", range: [0, 256] });

/** Whole numbers, 127 the largest of each block, are what no rounding to 8 bits changes. */
const int4: Build = (integers, weight, scales) => {
  const x = t.sub(t.cast(integers, "float32"), 127);
  const largest = t.add(t.mul(t.slice(x, -1, 0, 1), 0), 127);
  const block = 2 * (weight.shape[2] as number);
  const width = x.shape[1] as number;
  const parts: Tensor[] = [];
  for (let from = 0; from < width; from += block - 1)
    parts.push(largest, t.slice(x, -1, from, Math.min(width, from + block - 1)));
  return t.matmulInt4(t.concat(parts, -1), weight, scales);
};

const ids = (shape: Shape, high: number): CaseInput => ({
  shape,
  dtype: "int32",
  range: [0, high],
});
const bool = (shape: Shape): CaseInput => ({ shape, dtype: "bool", range: [0, 2] });

const of = (name: string, inputs: readonly CaseInput[], build: Build): OpCase => ({
  name,
  inputs: Object.fromEntries(inputs.map((spec, i) => [`in${i}`, spec])),
  build: (given) => build(...inputs.map((_, i) => given[`in${i}`]!)),
});

const unary = (build: Build, range?: readonly [number, number]): OpCase[] => [
  of("3-d", [range ? { ...x234, range } : x234], build),
  of("named", [range ? { ...named, range } : named], build),
];

const binary = (build: Build, range?: readonly [number, number]): OpCase[] =>
  (
    [
      ["same shape", [2, 3], [2, 3]],
      ["row", [2, 3, 4], [4]],
      ["column", [2, 3, 4], [3, 1]],
      ["outer", [3, 1], [1, 4]],
      ["scalar", [2, 3], []],
      ["named", ["batch", 3], [3]],
    ] as const
  ).map(([name, a, b]) =>
    of(name, [{ shape: a }, range ? { shape: b, range } : { shape: b }], build),
  );

const comparisons = (build: Build): OpCase[] => [
  of("ints", [ids([3, 1], 4), ids([5], 4)], (a, b) => t.cast(build(a, b), "float32")),
];

/** At least one case for every op, by type. */
export const opCases: { readonly [K in OpName]: readonly OpCase[] } = {
  add: binary((a, b) => t.add(a, b)),
  sub: binary((a, b) => t.sub(a, b)),
  mul: binary((a, b) => t.mul(a, b)),
  div: [
    ...binary((a, b) => t.div(a, b), positive),
    of("ints", [ids([7], 30)], (a) => t.cast(t.div(a, 4), "float32")),
  ],
  neg: unary((x) => t.neg(x)),
  exp: unary((x) => t.exp(x)),
  log: unary((x) => t.log(x), positive),
  sqrt: unary((x) => t.sqrt(x), positive),
  tanh: unary((x) => t.tanh(x)),
  sigmoid: unary((x) => t.sigmoid(x)),
  gelu: unary((x) => t.gelu(x), [-4, 4]),
  silu: unary((x) => t.silu(x), [-4, 4]),
  // Its gradient is not that of its value: test/self-conditioning.test.ts.
  stopGradient: [of("ints", [ids([4], 9)], (x) => t.cast(t.stopGradient(x), "float32"))],
  less: comparisons(t.less),
  lessOrEqual: comparisons(t.lessOrEqual),
  equal: comparisons(t.equal),
  and: [of("and", [bool([2, 3]), bool([3])], (a, b) => t.cast(t.and(a, b), "float32"))],
  or: [of("or", [bool([2, 3]), bool([3])], (a, b) => t.cast(t.or(a, b), "float32"))],
  where: [
    of("rows", [bool([3, 1]), x234, { shape: [4] }], (c, a, b) => t.where(c, a, b)),
    of("number", [bool(["batch", 3]), { shape: ["batch", 3] }], (c, a) => t.where(c, a, -7)),
  ],
  cast: [of("from ints", [ids([4], 9)], (x) => t.cast(x, "float32"))],
  reshape: [
    of("flatten", [x234], (x) => t.reshape(x, [6, 4])),
    of("heads", [named], (x) => t.reshape(x, [x.shape[0]!, x.shape[1]!, 2, 2])),
    of("rows", [named], (x) => t.reshape(x, [multiplyDims(x.shape.slice(0, 2)), 4])),
  ],
  transpose: [
    of("last two", [x234], (x) => t.transpose(x)),
    of("heads", [{ shape: ["batch", "length", 2, 3] }], (x) => t.transpose(x, [0, 2, 1, 3])),
  ],
  expand: [
    of("middle", [{ shape: [2, 1, 3] }], (x) => t.expand(x, [4, 2, 5, 3])),
    of("named", [{ shape: ["batch", 1] }], (x) => t.expand(x, [x.shape[0]!, 3])),
  ],
  slice: [
    of("middle axis", [x234], (x) => t.slice(x, 1, 1, 3)),
    of("last axis", [named], (x) => t.slice(x, -1, 0, 2)),
  ],
  pad: [
    of("first axis", [x234], (x) => t.pad(x, 0, 1, 2)),
    of("last axis", [x234], (x) => t.pad(x, -1, 0, 3)),
  ],
  concat: [
    of("last", [x234, { shape: [2, 3, 1] }], (a, b) => t.concat([a, b], -1)),
    of("first", [x234, { shape: [1, 3, 4] }, x234], (...parts) => t.concat(parts, 0)),
  ],
  split: [
    of("middle, one part unread", [{ shape: [2, 5, 3] }], (x) => {
      const [first, , last] = t.split(x, 1, [2, 1, 2]);
      return t.mul(first!, last!);
    }),
    of("evenly", [{ shape: [4, 3] }], (x) => t.concat(t.splitEvenly(x, 0, 2), 1)),
  ],
  sum: [
    of("all", [x234], (x) => t.sum(x)),
    of("last, kept", [named], (x) => t.sum(x, [-1], { keep: true })),
    of("outer two", [x234], (x) => t.sum(x, [0, 1])),
    of("none", [x234], (x) => t.sum(x, [])),
  ],
  matmul: [
    of("2-d", [{ shape: [3, 4] }, { shape: [4, 5] }], (a, b) => t.matmul(a, b)),
    of("2-d, both turned", [{ shape: [4, 3] }, { shape: [5, 4] }], (a, b) =>
      t.matmul(a, b, { transposeA: true, transposeB: true, scale: 0.5 }),
    ),
    of("rows by matrix", [x234, { shape: [4, 5] }], (a, b) => t.matmul(a, b)),
    of("rows by turned matrix", [named, { shape: [5, 4] }], (a, b) =>
      t.matmul(a, b, { transposeB: true }),
    ),
    of("batched, turned", [{ shape: [2, 3, 5, 4] }, { shape: [2, 3, 6, 4] }], (a, b) =>
      t.matmul(a, b, { transposeB: true, scale: 2 }),
    ),
    of("batched, a turned", [{ shape: [2, 4, 5] }, { shape: [2, 4, 3] }], (a, b) =>
      t.matmul(a, b, { transposeA: true }),
    ),
    of("broadcast batch", [{ shape: [2, 3, 5, 4] }, { shape: [2, 1, 4, 6] }], (a, b) =>
      t.matmul(a, b),
    ),
  ],
  matmulInt8: [
    of("rows", [x234, int8([4, 5]), { shape: [5], range: positive }], t.matmulInt8),
    of("named", [named, int8([4, 3]), { shape: [3], range: positive }], t.matmulInt8),
  ],
  matmulInt4: [
    of(
      "one block, and a part of one",
      [ids([3, 23], 255), uint8([5, 2, 8]), { shape: [5, 2] }],
      int4,
    ),
    of("named", [ids(["batch", 7], 255), uint8([3, 1, 8]), { shape: [3, 1] }], int4),
  ],
  topK: [
    of("rows", [{ shape: [3, 7] }], (x) => {
      const { values, indices } = t.topK(x, 3);
      return t.add(values, t.cast(indices, "float32"));
    }),
    of("equals", [ids(["batch", 9], 3)], (x) => {
      const { values, indices } = t.topK(t.cast(x, "float32"), 5);
      return t.add(values, t.cast(indices, "float32"));
    }),
  ],
  softmax: unary((x) => t.softmax(x)),
  logSoftmax: unary((x) => t.logSoftmax(x)),
  crossEntropy: [
    of("rows", [{ shape: [5, 7] }, ids([5], 7)], (x, y) => t.crossEntropy(x, y).loss),
    of("batches", [{ shape: ["batch", 3, 7] }, ids(["batch", 3], 7)], (x, y) => {
      const { loss, logProbabilities } = t.crossEntropy(x, y);
      return t.add(loss, t.sum(t.mul(logProbabilities, logProbabilities), [-1]));
    }),
  ],
  layerNorm: [
    of("rows", [x234, { shape: [4] }], (x, w) => t.layerNorm(x, w)),
    of("named", [named, { shape: [4] }], (x, w) => t.layerNorm(x, w, 1e-3)),
  ],
  rmsNorm: [
    of("rows", [x234, { shape: [4] }], (x, w) => t.rmsNorm(x, w)),
    of("named", [named, { shape: [4] }], (x, w) => t.rmsNorm(x, w, 1e-3)),
  ],
  attention: [
    of("plain", [qkv(5), qkv(5), qkv(5)], (q, k, v) => t.attention(q, k, v, { scale: 0.5 })),
    of(
      "other length, mask",
      [qkv(3), qkv(5), qkv(5), { shape: [3, 5], fixed: true }],
      (q, k, v, mask) => t.attention(q, k, v, { scale: 0.7, mask: mask }),
    ),
    of(
      "named",
      [
        { shape: ["batch", 2, "length", 4] },
        { shape: ["batch", 2, "keys", 4] },
        { shape: ["batch", 2, "keys", 4] },
      ],
      (q, k, v) => t.attention(q, k, v, { scale: 0.5 }),
    ),
  ],
  cachedAttention: [
    of("plain", [qkv(3), qkv(5), qkv(5), qkv(2), qkv(2)], (q, pastKeys, pastValues, keys, values) =>
      t.cachedAttention(
        q,
        { keys: pastKeys, values: pastValues },
        { keys, values },
        { scale: 0.5 },
      ),
    ),
    of(
      "named, each with a mask of its own",
      [
        { shape: ["batch", 2, "length", 4] },
        { shape: ["batch", 2, "keys", 4] },
        { shape: ["batch", 2, "keys", 4] },
        { shape: ["batch", 2, "length", 4] },
        { shape: ["batch", 2, "length", 4] },
        { shape: ["batch", 1, 1, "keys"], fixed: true },
        { shape: ["batch", 1, 1, "length"], fixed: true },
      ],
      (q, pastKeys, pastValues, keys, values, before, now) =>
        t.cachedAttention(
          q,
          { keys: pastKeys, values: pastValues },
          { keys, values },
          { scale: 0.7, mask: t.concat([before, now], 3) },
        ),
    ),
  ],
  rotary: [
    of("heads", [{ shape: [2, 3, 5, 4] }, angles([5, 2]), angles([5, 2])], (x, c, s) =>
      t.rotary(x, c, s),
    ),
    of(
      "angles of each of the batch",
      [{ shape: [2, 3, 5, 4] }, angles([2, 1, 5, 2]), angles([2, 1, 5, 2])],
      (x, c, s) => t.rotary(x, c, s),
    ),
    of(
      "named",
      [{ shape: ["batch", "length", 6] }, angles(["length", 3]), angles(["length", 3])],
      (x, c, s) => t.rotary(x, c, s),
    ),
  ],
  oneHot: [of("rows", [ids([2, 3], 4)], (x) => t.oneHot(x, 4))],
  gather: [
    of("rows", [{ shape: [6, 4] }, ids([2, 5], 6)], (table, x) => t.gather(table, x)),
    of("named", [{ shape: [6, 4] }, ids(["batch", 5], 6)], (table, x) => t.gather(table, x)),
  ],
  scatterAdd: [
    of("repeated rows", [{ shape: [2, 5, 3] }, ids([2, 5], 4)], (x, rows) =>
      t.scatterAdd(x, rows, 4),
    ),
  ],
};

function qkv(length: number): CaseInput {
  return { shape: [2, 3, length, 4] };
}

function angles(shape: Shape): CaseInput {
  return { shape, fixed: true };
}

/** The cases' names for sizes. */
export const sizes: ReadonlyMap<string, number> = new Map([
  ["batch", 2],
  ["length", 3],
  ["keys", 5],
]);

/** Random values for a case. */
export function draw({ inputs, name }: OpCase): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, { shape, dtype = "float32", range = [-2, 2] }]) => {
      const random = t.randomStream(t.splitKey(t.randomKey(11), name, key));
      const dims = shape.map((dim) => (typeof dim === "number" ? dim : sizes.get(dim)!));
      const [low, high] = range;
      const between = () => low + (high - low) * random.uniform();
      const draws = Array.from({ length: t.elementCount(dims) }, between);
      if (dtype === "float32") return [key, t.floats(dims, draws)];
      if (dtype === "int8") {
        return [key, { dtype, shape: dims, data: Int8Array.from(draws, Math.floor) }];
      }
      if (dtype === "int32") return [key, t.integers(dims, draws.map(Math.floor))];
      return [key, { dtype, shape: dims, data: Uint8Array.from(draws) }];
    }),
  );
}

/** A case as a program with one output, `y`, and its gradients of a weighted sum, `d.<input>`. */
export function caseProgram({ name, inputs, build }: OpCase, options: { gradients: boolean }) {
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([key, { shape, dtype = "float32" }]) => [
      key,
      // Gradients need fixed sizes, as training graphs have them.
      t.input(
        key,
        options.gradients ? shape.map((dim) => sizes.get(String(dim)) ?? dim) : shape,
        dtype,
      ),
    ]),
  );
  const y = build(tensors);
  if (!options.gradients) return t.program({ name, outputs: { y } });
  const shape = y.shape as number[];
  const random = t.randomStream(t.randomKey(5));
  const weights = Array.from({ length: t.elementCount(shape) }, () => random.uniform() + 0.5);
  const loss = t.sum(t.mul(y, t.constant(t.floats(shape, weights))));
  const floats = Object.entries(tensors).filter(
    ([key, tensor]) => tensor.dtype === "float32" && !inputs[key]!.fixed,
  );
  const slopes = t.gradients(
    loss,
    floats.map(([, tensor]) => tensor),
  );
  const derivatives = floats.map(([key], i) => [`d.${key}`, slopes[i]!] as const);
  return t.program({ name, outputs: { y, loss, ...Object.fromEntries(derivatives) } });
}

/** Largest difference, relative to the larger of the reference's largest entry and 1. */
export function relativeError(got: ArrayLike<number>, want: ArrayLike<number>): number {
  if (got.length !== want.length) return Infinity;
  let worst = 0;
  let scale = 1;
  for (let i = 0; i < want.length; i++) scale = Math.max(scale, Math.abs(want[i]!));
  for (let i = 0; i < want.length; i++) {
    const difference = Math.abs(got[i]! - want[i]!);
    if (!(difference <= worst)) worst = difference;
  }
  return worst / scale;
}
