/**
 * A program as an ONNX model: the bytes of an `.onnx` file.
 *
 * Program inputs keep their names, outputs too; an update of input `x` comes out as `x.next`.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import type { Node, OpNode, Program, Tensor } from "../graph.ts";
import type { OpName } from "../op.ts";
import { ops } from "../ops/index.ts";
import { formatSpec } from "../shape.ts";
import { dtypeOf, isStored } from "../value.ts";
import type { Constant } from "../value.ts";
import { emitter } from "./emitter.ts";
import type { Emitter } from "./emitter.ts";
import { elementType, encodeModel } from "./proto.ts";
import type { NodeProto, ValueInfoProto } from "./proto.ts";

/** The name under which an update of an input leaves the ONNX graph. */
export const updateName = (input: string): string => `${input}.next`;

/**
 * Encodes a program. Inputs named in `constants` become initializers with those values: the same
 * graph trains with its weights as inputs and generates with its weights packed inside.
 *
 * @param options.sequenceFirst name of a first output that is an (empty) sequence; see
 * `runtime/direct-run.ts` for its use
 * @example
 * ```ts
 * await writeFile("line.onnx", toOnnx(line));
 * ```
 */
export function toOnnx(
  program: Program,
  constants: Readonly<Record<string, Constant>> = {},
  options: { sequenceFirst?: string } = {},
): Uint8Array {
  const emit = emitter();
  const names = new Map<Node, readonly (string | undefined)[]>();
  const inputs: ValueInfoProto[] = [];
  const reads = readers(program);
  const nameOf = (tensor: Tensor): string => names.get(tensor.node)![tensor.index]!;

  for (const node of program.nodes) {
    if (node.kind === "op") names.set(node, emitOp(node, emit, nameOf, reads));
    else if (node.kind === "constant") names.set(node, [emit.constant(node.value)]);
    else if (Object.hasOwn(constants, node.name)) {
      const value = constants[node.name]!;
      checkConstant(program.name, node.name, node.outputs[0]!, value);
      names.set(node, [isStored(value) ? emit.stored(value) : emit.constant(value)]);
    } else {
      const { shape, dtype } = node.outputs[0]!;
      inputs.push({ name: node.name, type: dtype, dims: shape });
      names.set(node, [node.name]);
    }
  }
  const { sequenceFirst } = options;
  if (sequenceFirst !== undefined)
    emit.named("SequenceEmpty", [], sequenceFirst, { attributes: { dtype: elementType.float32 } });
  const results = [
    ...Object.entries(program.outputs),
    ...Object.entries(program.updates).map(([key, tensor]) => [updateName(key), tensor] as const),
  ];
  const nodes = emit.nodes.slice();
  const outputs = results.map(([name, tensor]): ValueInfoProto => {
    nodes.push(identity(nameOf(tensor), name));
    return { name, type: tensor.dtype, dims: tensor.shape };
  });
  return encodeModel({
    name: program.name,
    nodes: renameOutputs(nodes, results.length),
    initializers: emit.initializers,
    inputs,
    outputs: sequenceFirst === undefined ? outputs : [sequenceOf(sequenceFirst), ...outputs],
  });
}

const sequenceOf = (name: string): ValueInfoProto => ({
  name,
  type: "float32",
  dims: [],
  sequence: true,
});

function emitOp<K extends OpName>(
  node: OpNode<K>,
  emit: Emitter,
  nameOf: (tensor: Tensor) => string,
  reads: ReadonlyMap<Node, ReadonlySet<number>>,
): readonly (string | undefined)[] {
  return ops[node.op].onnx({
    emit,
    inputs: node.inputs.map(nameOf),
    attributes: node.attributes,
    specs: { inputs: node.inputs, outputs: node.outputs },
    reads: (output) => reads.get(node)?.has(output) ?? false,
  });
}

/** Which outputs of each node somebody reads. */
function readers(program: Program): Map<Node, Set<number>> {
  const reads = new Map<Node, Set<number>>();
  const mark = (tensor: Tensor) => {
    const set = reads.get(tensor.node) ?? new Set();
    reads.set(tensor.node, set.add(tensor.index));
  };
  for (const node of program.nodes) node.inputs.forEach(mark);
  [...Object.values(program.outputs), ...Object.values(program.updates)].forEach(mark);
  return reads;
}

const identity = (from: string, to: string): NodeProto => ({
  type: "Identity",
  inputs: [from],
  outputs: [to],
  attributes: {},
});

/**
 * Lets the node that computes a result write it under the result's name, instead of copying it
 * there: an Identity is only kept where the result is an input, a constant, or named twice.
 */
function renameOutputs(nodes: readonly NodeProto[], count: number): NodeProto[] {
  const body = nodes.slice(0, nodes.length - count);
  const written = new Set(body.flatMap((node) => node.outputs));
  const rename = new Map<string, string>();
  const kept: NodeProto[] = [];
  for (const copy of nodes.slice(nodes.length - count)) {
    const from = copy.inputs[0]!;
    if (written.has(from) && !rename.has(from)) rename.set(from, copy.outputs[0]!);
    else kept.push(copy);
  }
  const renamed = (name: string): string => rename.get(name) ?? name;
  return [...body, ...kept].map((node) => ({
    ...node,
    inputs: node.inputs.map(renamed),
    outputs: node.outputs.map(renamed),
  }));
}

function checkConstant(program: string, name: string, want: Tensor, given: Constant): void {
  const got = { shape: given.shape, dtype: dtypeOf(given) };
  const fits =
    got.dtype === want.dtype &&
    got.shape.length === want.shape.length &&
    want.shape.every((dim, i) => typeof dim === "string" || dim === got.shape[i]);
  if (!fits)
    throw new UnmaskError(
      "shape",
      `program "${program}": constant "${name}" must be ${formatSpec(want)}, got ${formatSpec(got)}`,
    );
}
