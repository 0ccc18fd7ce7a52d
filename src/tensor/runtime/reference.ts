/**
 * The reference runtime: every op by its definition, in double precision, slowly. It is the oracle
 * that the other runtimes are held against, and the copy to read.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import type { Node, OpNode, Program, Tensor } from "../graph.ts";
import type { Dense, OpName } from "../op.ts";
import { ops } from "../ops/index.ts";
import { evaluateShape } from "../shape.ts";
import type { Spec } from "../shape.ts";
import { isStored } from "../value.ts";
import type { Constant, Value } from "../value.ts";
import { checkInputs } from "./runtime.ts";
import type { Executable, Runtime, Store } from "./runtime.ts";

/** Computes in float64, whatever the dtype says; float32 values come out as Float64Array. */
export function referenceRuntime(): Runtime {
  const contents = new WeakMap<Store, Map<string, Value>>();
  return {
    name: "reference",
    precision: "float64",
    repeatable: true,
    store(values) {
      const held = new Map(Object.entries(values));
      const store: Store = {
        names: [...held.keys()],
        read: (names = store.names) =>
          Promise.resolve(Object.fromEntries(names.map((name) => [name, held.get(name)!]))),
        write(changed) {
          for (const [name, value] of Object.entries(changed)) held.set(name, value);
          return Promise.resolve();
        },
        dispose: () => Promise.resolve(),
      };
      contents.set(store, held);
      return Promise.resolve(store);
    },
    compile(program, { store, constants: given = {} } = {}) {
      const constants = atHand(given);
      const held = store ? contents.get(store)! : new Map<string, Value>();
      const executable: Executable = {
        run(inputs, { outputs: wanted = Object.keys(program.outputs) } = {}) {
          const elsewhere = new Set([...held.keys(), ...Object.keys(constants)]);
          const sizes = checkInputs(program, inputs, elsewhere);
          const all = { ...Object.fromEntries(held), ...constants, ...inputs };
          const computed = evaluate(program, all, sizes);
          for (const [name, tensor] of Object.entries(program.updates))
            held.set(name, computed(tensor));
          return Promise.resolve(
            Object.fromEntries(wanted.map((name) => [name, computed(program.outputs[name]!)])),
          );
        },
        dispose: () => Promise.resolve(),
      };
      return Promise.resolve(executable);
    },
  };
}

function atHand(constants: Readonly<Record<string, Constant>>): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const [name, constant] of Object.entries(constants)) {
    if (isStored(constant))
      throw new UnmaskError(
        "unavailable",
        `runtime reference: reads no files, got "${name}" in ${constant.file}; load it first`,
      );
    values[name] = constant;
  }
  return values;
}

function evaluate(
  program: Program,
  inputs: Readonly<Record<string, Value>>,
  sizes: ReadonlyMap<string, number>,
): (tensor: Tensor) => Value {
  const results = new Map<Node, readonly Dense[]>();
  const read = (tensor: Tensor): Dense => results.get(tensor.node)![tensor.index]!;
  for (const node of program.nodes) {
    if (node.kind === "op") {
      const shapes = node.outputs.map(({ shape, dtype }) => ({
        shape: evaluateShape(shape, sizes),
        dtype,
      }));
      const data = runOp(node, node.inputs.map(read), shapes);
      results.set(
        node,
        data.map((values, i) => ({ shape: shapes[i]!.shape, data: values })),
      );
    } else {
      const value = node.kind === "constant" ? node.value : inputs[node.name]!;
      results.set(node, [{ shape: value.shape, data: Float64Array.from(value.data) }]);
    }
  }
  return (tensor) => toValue(tensor, read(tensor));
}

function runOp<K extends OpName>(
  node: OpNode<K>,
  inputs: readonly Dense[],
  outputs: readonly (Spec & { readonly shape: readonly number[] })[],
): readonly Float64Array[] {
  return ops[node.op].reference(inputs, node.attributes, outputs);
}

function toValue({ dtype }: Spec, { shape, data }: Dense): Value {
  if (dtype === "float32") return { dtype, shape, data: data.slice() };
  if (dtype === "int8") return { dtype, shape, data: Int8Array.from(data) };
  return { dtype, shape, data: dtype === "int32" ? Int32Array.from(data) : Uint8Array.from(data) };
}
