/**
 * ONNX's ModelProto, written with protobuf's wire primitives: field numbers from onnx.proto.
 *
 * @module
 */
import protobuf from "protobufjs/minimal.js";
import type { Writer } from "protobufjs";

/** ONNX element types that unmask uses (TensorProto.DataType). */
export const elementType = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
} as const;
export type ElementType = keyof typeof elementType;

/** A node's attribute: an integer, a list of integers, a text, or (wrapped) a float. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

export interface NodeProto {
  readonly type: string;
  /** The operator set; ONNX's own by default. */
  readonly domain?: Domain | undefined;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Where an initializer's bytes are when they aren't in the model: a part of a file beside it. */
export interface ExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

export interface TensorProto {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: Uint8Array | ExternalData;
}

export interface ValueInfoProto {
  readonly name: string;
  readonly type: ElementType;
  /** Numbers or names. */
  readonly dims: readonly (number | string)[];
  /** A sequence of such tensors instead of one. */
  readonly sequence?: boolean;
}

export interface GraphProto {
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
}

const wire = { varint: 0, bytes: 2, fixed32: 5 } as const;
const tag = (field: number, type: keyof typeof wire): number => (field << 3) | wire[type];

/** ONNX Runtime's own operators: products of quantised weights, which ONNX's lacks. */
export const microsoft = "com.microsoft";
export type Domain = typeof microsoft;

/** The opset of ONNX's operators is one that ORT 1.30 knows on every provider. */
const irVersion = 10;
const opset = 21;

/** A whole `.onnx` file. */
export function encodeModel(graph: GraphProto): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(tag(1, "varint")).int64(irVersion);
  writer.uint32(tag(2, "bytes")).string("unmask");
  message(writer, 7, () => writeGraph(writer, graph));
  writeOpset(writer, "", opset);
  if (graph.nodes.some(({ domain }) => domain === microsoft)) writeOpset(writer, microsoft, 1);
  return writer.finish();
}

function writeOpset(writer: Writer, domain: string, version: number): void {
  message(writer, 8, () => {
    writer.uint32(tag(1, "bytes")).string(domain);
    writer.uint32(tag(2, "varint")).int64(version);
  });
}

/** A nested message in field `field`. */
function message(writer: Writer, field: number, body: () => void): void {
  writer.uint32(tag(field, "bytes")).fork();
  body();
  writer.ldelim();
}

function writeGraph(writer: Writer, graph: GraphProto): void {
  for (const node of graph.nodes) message(writer, 1, () => writeNode(writer, node));
  writer.uint32(tag(2, "bytes")).string(graph.name);
  for (const tensor of graph.initializers) message(writer, 5, () => writeTensor(writer, tensor));
  for (const info of graph.inputs) message(writer, 11, () => writeValueInfo(writer, info));
  for (const info of graph.outputs) message(writer, 12, () => writeValueInfo(writer, info));
}

function writeNode(writer: Writer, node: NodeProto): void {
  for (const name of node.inputs) writer.uint32(tag(1, "bytes")).string(name);
  for (const name of node.outputs) writer.uint32(tag(2, "bytes")).string(name);
  writer.uint32(tag(3, "bytes")).string(node.outputs.find((name) => name !== "") ?? node.type);
  writer.uint32(tag(4, "bytes")).string(node.type);
  if (node.domain !== undefined) writer.uint32(tag(7, "bytes")).string(node.domain);
  for (const [name, value] of Object.entries(node.attributes))
    message(writer, 5, () => writeAttribute(writer, name, value));
}

const attributeType = { float: 1, int: 2, string: 3, ints: 7 } as const;

function writeAttribute(writer: Writer, name: string, value: Attribute): void {
  writer.uint32(tag(1, "bytes")).string(name);
  const kind = (type: keyof typeof attributeType) =>
    writer.uint32(tag(20, "varint")).int32(attributeType[type]);
  if (typeof value === "number") {
    writer.uint32(tag(3, "varint")).int64(value);
    kind("int");
  } else if (typeof value === "string") {
    writer.uint32(tag(4, "bytes")).string(value);
    kind("string");
  } else if ("float" in value) {
    writer.uint32(tag(2, "fixed32")).float(value.float);
    kind("float");
  } else {
    for (const item of value) writer.uint32(tag(8, "varint")).int64(item);
    kind("ints");
  }
}

/** TensorProto.DataLocation.EXTERNAL */
const externalLocation = 1;

function writeTensor(writer: Writer, tensor: TensorProto): void {
  for (const dim of tensor.dims) writer.uint32(tag(1, "varint")).int64(dim);
  writer.uint32(tag(2, "varint")).int32(elementType[tensor.type]);
  writer.uint32(tag(8, "bytes")).string(tensor.name);
  const { data } = tensor;
  if (data instanceof Uint8Array) {
    writer.uint32(tag(9, "bytes")).bytes(data);
    return;
  }
  for (const [key, value] of Object.entries(data))
    message(writer, 13, () => {
      writer.uint32(tag(1, "bytes")).string(key);
      writer.uint32(tag(2, "bytes")).string(String(value));
    });
  writer.uint32(tag(14, "varint")).int32(externalLocation);
}

function writeValueInfo(writer: Writer, info: ValueInfoProto): void {
  writer.uint32(tag(1, "bytes")).string(info.name);
  message(writer, 2, () => {
    if (info.sequence)
      message(writer, 4, () => message(writer, 1, () => writeTensorType(writer, info)));
    else writeTensorType(writer, info);
  });
}

function writeTensorType(writer: Writer, info: ValueInfoProto): void {
  message(writer, 1, () => {
    writer.uint32(tag(1, "varint")).int32(elementType[info.type]);
    message(writer, 2, () => {
      for (const dim of info.dims)
        message(writer, 1, () => {
          if (typeof dim === "number") writer.uint32(tag(1, "varint")).int64(dim);
          else writer.uint32(tag(2, "bytes")).string(dim);
        });
    });
  });
}
