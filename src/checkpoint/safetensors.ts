/**
 * safetensors: eight bytes of header length, a JSON header, then the tensors' bytes, little-endian
 * and row-major. Every bound is checked before anything is read: a file is never trusted.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { elementCount, floats, integers } from "../tensor/index.ts";
import type { Dtype, Value } from "../tensor/index.ts";
import { widenBfloat16, widenFloat16 } from "./half-floats.ts";
import { shown, shownText } from "../shown.ts";

/** Bytes of one element of each dtype of the format. Which of them can be decoded is another matter. */
const widths: Readonly<Record<string, number>> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/**
 * Longest header that is read, in bytes. 100,000 tensors need about 12 MB; parsing takes several times
 * as much memory as the text, so this is what bounds the cost of a file that lies.
 */
const longestHeader = 16_000_000;

const dtypeNames = {
  float32: "F32",
  float16: "F16",
  int32: "I32",
  bool: "BOOL",
  int8: "I8",
  uint8: "U8",
} as const;

/** Where a tensor lies in the file's data part. */
export interface TensorEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly tensors: Readonly<Record<string, TensorEntry>>;
  /** Free texts that the writer added. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Offset of the data part from the start of the file. */
  readonly dataStart: number;
}

/** The contents of a whole file. */
export interface Safetensors {
  readonly tensors: Readonly<Record<string, Value>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The start of a file, and where its tensors will lie. */
export interface FilePlan {
  /** Everything before the data, padded so that they start at a multiple of 64 bytes. */
  readonly start: Uint8Array;
  /** Of each tensor's first byte, from the start of the file. */
  readonly offsets: ReadonlyMap<string, number>;
  /** Of the whole file. */
  readonly bytes: number;
}

/** A tensor whose numbers need not be there yet. */
export interface PlannedTensor {
  readonly dtype: Dtype | "float16";
  readonly shape: readonly number[];
}

/** Lays out a file of tensors, in their order. */
export function planSafetensors(
  tensors: Readonly<Record<string, PlannedTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): FilePlan {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const begins: [string, number][] = [];
  let end = 0;
  for (const [name, { dtype, shape }] of Object.entries(tensors)) {
    const begin = end;
    end += elementCount(shape) * widths[dtypeNames[dtype]]!;
    header[name] = { dtype: dtypeNames[dtype], shape, data_offsets: [begin, end] };
    begins.push([name, begin]);
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil((8 + json.length) / 64) * 64;
  const start = new Uint8Array(padded).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(padded - 8), true);
  start.set(json, 8);
  const offsets = new Map(begins.map(([name, begin]) => [name, padded + begin]));
  return { start, offsets, bytes: padded + end };
}

/** A file's bytes. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, Value>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const { start, offsets, bytes } = planSafetensors(tensors, metadata);
  const file = new Uint8Array(bytes);
  file.set(start);
  for (const [name, { data }] of Object.entries(tensors)) {
    if (data instanceof Float64Array) throw new Error(`"${name}": float64 is not stored`);
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offsets.get(name));
  }
  return file;
}

/**
 * Reads a whole file. Half-precision floats are widened to float32.
 *
 * @param where how errors name the file
 * @throws UnmaskError `corrupt` with the first thing that is wrong
 */
export function decodeSafetensors(file: Uint8Array, where: string): Safetensors {
  const header = readHeader(file, file.length, where);
  const tensors: Record<string, Value> = {};
  for (const [name, entry] of Object.entries(header.tensors)) {
    const bytes = file.subarray(header.dataStart + entry.begin, header.dataStart + entry.end);
    tensors[name] = decodeTensor(entry, bytes, `${where}: tensor ${shownText(name)}`);
  }
  return { tensors, metadata: header.metadata };
}

/**
 * Reads and checks the header.
 *
 * @param start the file's first bytes, the whole header at least
 * @param fileSize size of the whole file
 */
export function readHeader(start: Uint8Array, fileSize: number, where: string): SafetensorsHeader {
  const length = headerLength(start, fileSize, where);
  if (start.length < 8 + length) throw broken(where, "ends within its header; copy it again");
  const header = parseHeader(start.subarray(8, 8 + length), where);
  const available = fileSize - 8 - length;
  const tensors: Record<string, TensorEntry> = {};
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") metadata = readMetadata(entry, where);
    else if (name === "__proto__") throw broken(where, `has a tensor named "${name}"`);
    else tensors[name] = readEntry(entry, available, `${where}: tensor ${shownText(name)}`);
  }
  checkOverlap(tensors, where);
  return { tensors, metadata, dataStart: 8 + length };
}

/** The header's length, from the file's first eight bytes. */
export function headerLength(start: Uint8Array, fileSize: number, where: string): number {
  if (fileSize < 8 || start.length < 8)
    throw broken(where, `needs at least 8 bytes, got ${fileSize}; copy it again`);
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(fileSize - 8))
    throw broken(
      where,
      `says its header has ${length} bytes, but the file has ${fileSize}: not a safetensors file, or cut off`,
    );
  if (length > BigInt(longestHeader))
    throw broken(where, `has a header of ${length} bytes; readable are ${longestHeader} at most`);
  return Number(length);
}

function parseHeader(bytes: Uint8Array, where: string): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isRecord(header)) return header;
  } catch (cause) {
    throw broken(where, "has a header that is not JSON", cause);
  }
  throw broken(where, "has a header that is not a JSON object");
}

function readMetadata(entry: unknown, where: string): Record<string, string> {
  if (!isRecord(entry)) throw broken(where, "has metadata that are not an object");
  for (const [key, value] of Object.entries(entry))
    if (typeof value !== "string")
      throw broken(where, `has metadata ${shownText(key)} that is ${shown(value)}, not a text`);
  return entry as Record<string, string>;
}

function readEntry(entry: unknown, available: number, where: string): TensorEntry {
  if (!isRecord(entry)) throw broken(where, "is not described by an object");
  const { dtype, shape, data_offsets: offsets } = entry;
  const width =
    typeof dtype === "string" && Object.hasOwn(widths, dtype) ? widths[dtype] : undefined;
  if (typeof dtype !== "string" || width === undefined)
    throw broken(
      where,
      `has dtype ${shown(dtype)}; readable are ${Object.keys(widths).join(", ")}`,
    );
  if (!isSizes(shape)) throw broken(where, `has shape ${shown(shape)}`);
  if (!isSizes(offsets) || offsets.length !== 2)
    throw broken(where, `has offsets ${shown(offsets)}`);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > available)
    throw broken(where, `lies at ${begin}-${end}, but the file holds ${available} bytes: cut off?`);
  if (end - begin !== elementCount(shape) * width)
    throw broken(
      where,
      `has shape ${shown(shape)} of ${dtype}, which needs ${elementCount(shape) * width} bytes, got ${end - begin}`,
    );
  return { dtype, shape, begin, end };
}

function checkOverlap(tensors: Readonly<Record<string, TensorEntry>>, where: string): void {
  const sorted = Object.entries(tensors).toSorted(
    ([, a], [, b]) => a.begin - b.begin || a.end - b.end,
  );
  let reached = 0;
  for (const [name, { begin, end }] of sorted) {
    if (begin < reached) throw broken(where, `tensor ${shownText(name)} overlaps another one`);
    reached = Math.max(reached, end);
  }
}

/** A tensor of its bytes; floats of fewer bits are widened. */
export function decodeTensor(
  { dtype, shape }: Pick<TensorEntry, "dtype" | "shape">,
  bytes: Uint8Array,
  where: string,
): Value {
  // A copy: typed arrays must start at a multiple of their element's width.
  const { buffer } = new Uint8Array(bytes);
  if (dtype === "F32") return floats(shape, new Float32Array(buffer));
  if (dtype === "F64") return { dtype: "float32", shape, data: new Float64Array(buffer) };
  if (dtype === "I32") return integers(shape, new Int32Array(buffer));
  if (dtype === "I8") return { dtype: "int8", shape, data: new Int8Array(buffer) };
  if (dtype === "U8") return { dtype: "uint8", shape, data: new Uint8Array(buffer) };
  if (dtype === "BOOL") return { dtype: "bool", shape, data: new Uint8Array(buffer) };
  if (dtype === "BF16") return floats(shape, widenBfloat16(new Uint16Array(buffer)));
  if (dtype === "F16") return floats(shape, widenFloat16(new Uint16Array(buffer)));
  throw broken(where, `has dtype ${dtype}, for which there is no use here`);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);

const broken = (where: string, what: string, cause?: unknown): UnmaskError =>
  new UnmaskError("corrupt", `${where}: ${what}`, { cause });
