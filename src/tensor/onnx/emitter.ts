/**
 * The pen with which ops write ONNX nodes.
 *
 * @module
 */
import { elementCount } from "../shape.ts";
import { dtypeOf, storedWidth } from "../value.ts";
import type { Stored, Value } from "../value.ts";
import { elementType } from "./proto.ts";
import type { Attribute, Domain, ElementType, NodeProto, TensorProto } from "./proto.ts";

export interface NodeOptions {
  readonly domain?: Domain | undefined;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** Collects nodes and initializers, and invents names. */
export interface Emitter {
  /** Writes a node with one output and returns the output's name. */
  node(type: string, inputs: readonly string[], options?: NodeOptions): string;
  /** Writes a node with several outputs; one that is not wanted gets no name. */
  nodeWithOutputs(
    type: string,
    inputs: readonly string[],
    wanted: readonly boolean[],
    options?: NodeOptions,
  ): (string | undefined)[];
  /** Writes a node whose one output has this name. */
  named(type: string, inputs: readonly string[], output: string, options?: NodeOptions): void;
  /** An initializer that holds a value. */
  constant(value: Value): string;
  /** An initializer whose bytes stay in their file; floats of fewer bits are widened when it loads. */
  stored(value: Stored): string;
  /** A one-dimensional int64 initializer: axes, shapes, bounds. Equal ones are shared. */
  int64(values: readonly number[]): string;
  /** A float32 scalar initializer. Equal ones are shared. */
  float(value: number): string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
}

/** A fresh emitter. `prefix` starts every name it invents. */
export function emitter(prefix = "%"): Emitter {
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const shared = new Map<string, string>();
  let count = 0;
  const fresh = (): string => `${prefix}${count++}`;

  const initializer = (
    type: ElementType,
    dims: readonly number[],
    data: TensorProto["data"],
  ): string => {
    const name = fresh();
    initializers.push({ name, type, dims, data });
    return name;
  };
  const once = (key: string, make: () => string): string => {
    const name = shared.get(key) ?? make();
    shared.set(key, name);
    return name;
  };
  const nodeWithOutputs: Emitter["nodeWithOutputs"] = (type, inputs, wanted, options = {}) => {
    const outputs = wanted.map((want) => (want ? fresh() : undefined));
    const { attributes = {}, domain } = options;
    nodes.push({ type, domain, inputs, outputs: outputs.map((name) => name ?? ""), attributes });
    return outputs;
  };
  const node: Emitter["node"] = (type, inputs, options) =>
    nodeWithOutputs(type, inputs, [true], options)[0]!;
  return {
    nodes,
    initializers,
    nodeWithOutputs,
    named: (type, inputs, output, { attributes = {} } = {}) =>
      void nodes.push({ type, inputs, outputs: [output], attributes }),
    node,
    stored({ dtype, shape, file, offset }) {
      const length = elementCount(shape) * storedWidth[dtype];
      const name = initializer(dtype, shape, { location: file, offset, length });
      if (dtypeOf({ dtype }) === dtype) return name;
      return node("Cast", [name], { attributes: { to: elementType.float32 } });
    },
    constant: (value) => initializer(value.dtype, value.shape, rawBytes(value)),
    int64: (values) =>
      once(`int64:${values.join(",")}`, () =>
        initializer("int64", [values.length], bytesOf(BigInt64Array.from(values.map(BigInt)))),
      ),
    float: (value) =>
      once(`float:${Object.is(value, -0) ? "-0" : value}`, () =>
        initializer("float32", [], bytesOf(Float32Array.of(value))),
      ),
  };
}

/** A value's bytes as ONNX wants them: little-endian, float32 even where the host holds float64. */
export function rawBytes(value: Value): Uint8Array {
  const { data } = value;
  if (data.length !== elementCount(value.shape)) throw new Error("value and shape disagree");
  return bytesOf(data instanceof Float64Array ? Float32Array.from(data) : data);
}

function bytesOf(
  array: Float32Array | Int32Array | Int8Array | Uint8Array | BigInt64Array,
): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
