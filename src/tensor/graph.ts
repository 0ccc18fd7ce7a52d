/**
 * Tensors that stand for computations, and programs made of them.
 *
 * A {@link Tensor} is a node's output that has no values yet: building an expression builds the
 * graph. There is no builder and no global state; a {@link Program} is whatever its outputs reach.
 *
 * @example
 * ```ts
 * const x = input("x", ["batch", 3]);
 * const w = input("w", [3, 2]);
 * const line = program({ name: "line", outputs: { y: matmul(x, w) } });
 * print(line);
 * ```
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import type { Op, OpAttributes, OpName } from "./op.ts";
import { elementCount, formatShape, formatSpec, sameShape } from "./shape.ts";
import type { Dtype, Shape, Spec } from "./shape.ts";
import type { Value } from "./value.ts";

/** One output of a node: a shape, a dtype, and where it comes from. */
export interface Tensor extends Spec {
  readonly node: Node;
  /** Which of the node's outputs this is. */
  readonly index: number;
}

/** A value that is given when the program runs. */
export interface InputNode {
  readonly kind: "input";
  readonly name: string;
  readonly inputs: readonly [];
  readonly outputs: readonly Tensor[];
}

/** A value that is part of the program. */
export interface ConstantNode {
  readonly kind: "constant";
  readonly value: Value;
  readonly inputs: readonly [];
  readonly outputs: readonly Tensor[];
}

/** An op applied to tensors. */
export interface OpNode<K extends OpName = OpName> {
  readonly kind: "op";
  readonly op: K;
  readonly attributes: OpAttributes[K];
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

export type Node = InputNode | ConstantNode | OpNode;

/** Anything that the arithmetic functions take: a number becomes a constant. */
export type Operand = Tensor | number;

/** A named value that is given when the program runs. */
export function input(name: string, shape: Shape, dtype: Dtype = "float32"): Tensor {
  for (const dim of shape)
    if (typeof dim === "number" && (!Number.isInteger(dim) || dim < 0))
      throw new UnmaskError(
        "shape",
        `input "${name}": sizes must be integers >= 0 or names, got ${formatShape(shape)}`,
      );
  const outputs: Tensor[] = [];
  const node: InputNode = { kind: "input", name, inputs: [], outputs };
  outputs.push({ node, index: 0, shape, dtype });
  return outputs[0]!;
}

/** A value that is part of the program. Its data must not change afterwards. */
export function constant(value: Value): Tensor {
  if (elementCount(value.shape) !== value.data.length)
    throw new UnmaskError(
      "shape",
      `constant: ${formatShape(value.shape)} needs ${elementCount(value.shape)} values, got ${value.data.length}`,
    );
  const outputs: Tensor[] = [];
  const node: ConstantNode = { kind: "constant", value, inputs: [], outputs };
  outputs.push({ node, index: 0, shape: value.shape, dtype: value.dtype });
  return outputs[0]!;
}

/** A float32 scalar. */
export function scalar(value: number): Tensor {
  return constant({ dtype: "float32", shape: [], data: Float64Array.of(value) });
}

/** A tensor as it is, a number as a scalar of the given dtype. */
export function operand(value: Operand, dtype: Dtype = "float32"): Tensor {
  if (typeof value !== "number") return value;
  if (dtype === "int32") return constant({ dtype, shape: [], data: Int32Array.of(value) });
  return scalar(value);
}

/** Applies an op: infers the outputs' shapes and returns them. The functions of `ops/` call this. */
export function apply<K extends OpName>(
  name: K,
  op: Op<K>,
  inputs: readonly Tensor[],
  attributes: OpAttributes[K],
): readonly Tensor[] {
  const outputs: Tensor[] = [];
  const node: OpNode<K> = { kind: "op", op: name, attributes, inputs, outputs };
  op.infer(inputs, attributes).forEach((spec, index) => {
    outputs.push({ node, index, shape: spec.shape, dtype: spec.dtype });
  });
  return outputs;
}

/** A graph with a door: named inputs, named outputs, and inputs that are replaced after each run. */
export interface Program {
  readonly name: string;
  /** Every node that an output needs, each after its inputs. */
  readonly nodes: readonly Node[];
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Input name -> the tensor that takes its place in the runtime's store after the run. */
  readonly updates: Readonly<Record<string, Tensor>>;
}

/**
 * Collects a program: the nodes its outputs and updates reach, in an order in which it can run.
 *
 * @throws UnmaskError `shape` when two inputs share a name, or an update doesn't fit its input.
 */
export function program(options: {
  name: string;
  outputs: Readonly<Record<string, Tensor>>;
  updates?: Readonly<Record<string, Tensor>>;
}): Program {
  const { name, outputs, updates = {} } = options;
  const nodes = topological([...Object.values(outputs), ...Object.values(updates)]);
  const inputs: Record<string, Tensor> = {};
  for (const node of nodes) {
    if (node.kind !== "input") continue;
    if (Object.hasOwn(inputs, node.name))
      throw new UnmaskError("shape", `program "${name}": two inputs are named "${node.name}"`);
    inputs[node.name] = node.outputs[0]!;
  }
  const taken = Object.keys(outputs).find((key) => Object.hasOwn(inputs, key));
  if (taken !== undefined)
    throw new UnmaskError(
      "shape",
      `program "${name}": an input and an output are named "${taken}"`,
    );
  for (const [key, next] of Object.entries(updates)) {
    const current = inputs[key];
    if (!current || !sameShape(current.shape, next.shape) || current.dtype !== next.dtype)
      throw new UnmaskError(
        "shape",
        `program "${name}": update of "${key}" must fit its input ` +
          `${current ? formatSpec(current) : "(there is none)"}, got ${formatSpec(next)}`,
      );
  }
  return { name, nodes, inputs, outputs, updates };
}

/**
 * Every node that the roots need, each after its inputs. Depth-first and iterative: graphs of
 * whole training steps are deeper than the call stack.
 */
export function topological(roots: readonly Tensor[]): Node[] {
  const order: Node[] = [];
  const state = new Map<Node, "open" | "done">();
  const stack: Node[] = roots.map((root) => root.node).toReversed();
  while (stack.length > 0) {
    const node = stack.at(-1)!;
    const seen = state.get(node);
    if (seen === undefined) {
      state.set(node, "open");
      for (const parent of node.inputs.toReversed())
        if (!state.has(parent.node)) stack.push(parent.node);
      continue;
    }
    stack.pop();
    if (seen === "open") {
      state.set(node, "done");
      order.push(node);
    }
  }
  return order;
}

/** The program as text: one line a node, `%3 = matmul(%1, w) : float32[batch, 2]`. */
export function print({ name, nodes, outputs, updates }: Program): string {
  const names = new Map<Node, string>();
  const label = (tensor: Tensor): string =>
    names.get(tensor.node)! + (tensor.node.outputs.length > 1 ? `.${tensor.index}` : "");
  const lines = nodes.map((node, i) => {
    names.set(node, node.kind === "input" ? node.name : `%${i}`);
    const specs = node.outputs.map(formatSpec).join(", ");
    if (node.kind === "input") return `  input ${node.name} : ${specs}`;
    if (node.kind === "constant") {
      const { data } = node.value;
      const values = [...data.subarray(0, 4)].join(", ") + (data.length > 4 ? ", ..." : "");
      return `  %${i} = constant(${values}) : ${specs}`;
    }
    const attributes = Object.entries(node.attributes).map(
      ([key, value]) => `${key}=${JSON.stringify(value)}`,
    );
    const operands = [...node.inputs.map(label), ...attributes].join(", ");
    return `  %${i} = ${node.op}(${operands}) : ${specs}`;
  });
  const results = Object.entries(outputs).map(
    ([key, tensor]) => `  output ${key} = ${label(tensor)}`,
  );
  const replaced = Object.entries(updates).map(
    ([key, tensor]) => `  update ${key} <- ${label(tensor)}`,
  );
  return [`program ${name}`, ...lines, ...results, ...replaced].join("\n");
}
