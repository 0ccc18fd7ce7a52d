/**
 * A look at what was written: some rows of a rounded matrix, read back, beside those it was made from.
 *
 * Rounding has its bounds, whatever the numbers: half a step of a row's largest magnitude over 127 at 8
 * bits; at 4, for a block's mean square, half a seventh of its largest magnitude. What lies outside was
 * written to the wrong place, or came back from the disk as something else.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import { elementCount } from "../../tensor/index.ts";
import type { Constant } from "../../tensor/index.ts";
import { loadConstant, rowsOf } from "../constants.ts";
import { widenFloat16 } from "../half-floats.ts";
import type { SafetensorsWriter } from "../safetensors-writer.ts";
import { mostInt4 } from "./round-int4.ts";
import { mostInt8 } from "./round-rows.ts";

/**
 * How a weight is kept:
 * - `floats`: as it was, in float32
 * - `halves`: in float16
 * - `rows`: int8 [rows, width], a scale for each row
 * - `columns`: the same, turned to [width, rows]
 * - a block: 4 bits, two to a byte, [rows, blocks, block / 2], a scale for each block
 */
export type Form = "floats" | "halves" | "rows" | "columns" | { readonly block: number };

/** A weight that was written, and what it was made from. */
export interface Written {
  readonly name: string;
  readonly source: Constant;
  readonly form: Form;
  readonly read: SafetensorsWriter["read"];
}

/** Rows of each matrix that are looked at, spread evenly, the first and the last among them. */
const mostRows = 4;

/** Numbers that are read at a time. */
const slabNumbers = 2 ** 22;

/** The name of a rounded weight's scales. */
export const scalesOf = (name: string): string => name.replace(/weight$/, "scales");

/**
 * Compares some rows.
 *
 * @throws UnmaskError `corrupt` if a number is further off than rounding can bring it
 */
export async function checkRounded(written: Written): Promise<void> {
  const { name, source, form } = written;
  const [rows, ...rest] = source.shape as [number, ...number[]];
  const width = elementCount(rest);
  const count = Math.min(rows, mostRows);
  const chosen = Array.from({ length: count }, (_, i) =>
    count === 1 ? 0 : Math.round((i * (rows - 1)) / (count - 1)),
  );
  const found = await readRows(written, chosen, width);
  for (const [i, row] of chosen.entries()) {
    const { data } = await loadConstant(rowsOf(source, [row, row + 1]), `weight "${name}"`);
    if (!isNear(found[i]!, data, form))
      throw new UnmaskError(
        "corrupt",
        `quantise: row ${row} of weight "${name}" must be what it was, but for rounding; ` +
          `what was written is something else: check the disk, and try again`,
      );
  }
}

/** What the file says of some rows. */
function readRows(
  written: Written,
  rows: readonly number[],
  width: number,
): Promise<readonly Float64Array[]> {
  const { form } = written;
  if (form === "columns") return readColumns(written, rows, width);
  return Promise.all(
    rows.map((row) => {
      if (form === "floats") return readFloats(written, row, width);
      if (form === "halves") return readHalves(written, row, width);
      return form === "rows"
        ? readRow(written, row, width)
        : readBlocks(written, row, width, form.block);
    }),
  );
}

async function readFloats({ name, read }: Written, row: number, width: number) {
  return Float64Array.from(await read(name, new Float32Array(width), row * width));
}

async function readHalves({ name, read }: Written, row: number, width: number) {
  return Float64Array.from(widenFloat16(await read(name, new Uint16Array(width), row * width)));
}

async function readRow({ name, read }: Written, row: number, width: number) {
  const numbers = await read(name, new Int8Array(width), row * width);
  const [scale] = await read(scalesOf(name), new Float32Array(1), row);
  return Float64Array.from(numbers, (number) => number * scale!);
}

async function readColumns(
  { name, source, read }: Written,
  rows: readonly number[],
  width: number,
): Promise<Float64Array[]> {
  const columns = source.shape[0]!;
  const scales = await read(scalesOf(name), new Float32Array(columns), 0);
  const found = rows.map(() => new Float64Array(width));
  const step = Math.max(1, Math.floor(slabNumbers / columns));
  for (let first = 0; first < width; first += step) {
    const last = Math.min(width, first + step);
    const slab = await read(name, new Int8Array((last - first) * columns), first * columns);
    for (const [i, row] of rows.entries())
      for (let at = first; at < last; at++)
        found[i]![at] = slab[(at - first) * columns + row]! * scales[row]!;
  }
  return found;
}

async function readBlocks(
  { name, read }: Written,
  row: number,
  width: number,
  block: number,
): Promise<Float64Array> {
  const blocks = Math.ceil(width / block);
  const half = (blocks * block) / 2;
  const bytes = await read(name, new Uint8Array(half), row * half);
  const scales = await read(scalesOf(name), new Float32Array(blocks), row * blocks);
  return Float64Array.from({ length: width }, (_, i) => {
    const byte = bytes[i >> 1]!;
    return ((i % 2 === 0 ? byte & 15 : byte >> 4) - 8) * scales[Math.floor(i / block)]!;
  });
}

/** Whether each number is as near as rounding leaves it; for blocks, whether their mean square is. */
function isNear(found: Float64Array, row: ArrayLike<number>, form: Form): boolean {
  if (form === "floats") return found.every((value, i) => value === row[i]);
  if (form === "halves")
    return found.every((value, i) => {
      const error = Math.abs(value - row[i]!);
      return error <= Math.max(Math.abs(row[i]!) * 2 ** -11, 2 ** -25);
    });
  const block = typeof form === "object" ? form.block : row.length;
  for (let from = 0; from < row.length; from += block) {
    let [largest, worst, squares] = [0, 0, 0];
    const to = Math.min(row.length, from + block);
    for (let i = from; i < to; i++) {
      const error = Math.abs(found[i]! - row[i]!);
      largest = Math.max(largest, Math.abs(row[i]!));
      worst = Math.max(worst, error);
      squares += error * error;
    }
    // Scales are float32.
    const error = typeof form === "object" ? Math.sqrt(squares / (to - from)) : worst;
    const step = largest / (typeof form === "object" ? mostInt4 : mostInt8);
    if (!(error <= (step / 2) * (1 + 1e-4))) return false;
  }
  return true;
}
