/**
 * ONNX's ModelProto, written with protobuf's wire primitives: field numbers from onnx.proto.
 *
 * @module
 */
import protobuf from "protobufjs/minimal.js";
import type { Writer } from "protobufjs";

/** ONNX element types that unmask uses (TensorProto.DataType). */
export const elementType = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 } as const;
export type ElementType = keyof typeof elementType;

/** A node's attribute: an integer, a list of integers, a text, or (wrapped) a float. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

export interface NodeProto {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface TensorProto {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array;
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

/** Only ONNX's own operators are used, of an opset that ORT 1.30 knows on every provider. */
const irVersion = 10;
const opset = 21;

/** A whole `.onnx` file. */
export function encodeModel(graph: GraphProto): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(tag(1, "varint")).int64(irVersion);
  writer.uint32(tag(2, "bytes")).string("unmask");
  message(writer, 7, () => writeGraph(writer, graph));
  message(writer, 8, () => {
    writer.uint32(tag(1, "bytes")).string("");
    writer.uint32(tag(2, "varint")).int64(opset);
  });
  return writer.finish();
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

function writeTensor(writer: Writer, tensor: TensorProto): void {
  for (const dim of tensor.dims) writer.uint32(tag(1, "varint")).int64(dim);
  writer.uint32(tag(2, "varint")).int32(elementType[tensor.type]);
  writer.uint32(tag(8, "bytes")).string(tensor.name);
  writer.uint32(tag(9, "bytes")).bytes(tensor.bytes);
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
