/**
 * Rounding: no number is off by more than half a step, and what is exact stays exact.
 */
import { expect, test } from "vitest";
import { randomKey, randomStream } from "../../tensor/index.ts";
import { roundInt4 } from "./round-int4.ts";
import { roundRows } from "./round-rows.ts";
import { turnRows } from "./turn-rows.ts";

const random = randomStream(randomKey(4));
const normals = (count: number): Float32Array =>
  Float32Array.from({ length: count }, () => random.normal());

test("8 bits: within half a scale, the largest exactly, zeros as zeros", () => {
  const [rows, width] = [5, 33];
  const values = normals(rows * width);
  values.fill(0, 2 * width, 3 * width);
  const { weight, scales } = roundRows(values, width);
  for (const [i, value] of values.entries()) {
    const scale = scales[Math.floor(i / width)]!;
    expect(Math.abs(weight[i]! * scale - value)).toBeLessThanOrEqual(scale / 2 + 1e-7);
  }
  for (const row of [0, 1, 3, 4])
    expect(Math.max(...weight.subarray(row * width, (row + 1) * width).map(Math.abs))).toBe(127);
});

test("rows become columns, wherever they begin", () => {
  const into = new Int8Array(6);
  turnRows(Int8Array.of(1, 2, 3), 3, { into, columns: 2, first: 1 });
  turnRows(Int8Array.of(4, 5, 6), 3, { into, columns: 2, first: 0 });
  expect([...into]).toEqual([4, 1, 5, 2, 6, 3]);
});

/** What the bytes of one row stand for. */
function decoded({ weight, scales }: ReturnType<typeof roundInt4>, width: number, block: number) {
  return Array.from({ length: width }, (_, i) => {
    const byte = weight[i >> 1]!;
    return ((i % 2 === 0 ? byte & 15 : byte >> 4) - 8) * scales[Math.floor(i / block)]!;
  });
}

test("4 bits: as told at the top; a block's squared error is at most that of half a seventh everywhere", () => {
  const worked = decoded(roundInt4(Float32Array.of(0.7, -0.1, 0.3, 0), 4, 16), 4, 16);
  for (const [i, value] of [0.7, -0.1, 0.3, 0].entries()) expect(worked[i]).toBeCloseTo(value, 6);

  const block = 32;
  for (const width of [32, 64, 40, 1]) {
    const values = normals(width);
    const ours = decoded(roundInt4(values, width, block), width, block);
    for (let from = 0; from < width; from += block) {
      const part = values.subarray(from, from + block);
      const error = part.reduce((sum, value, i) => sum + (ours[from + i]! - value) ** 2, 0);
      const step = Math.max(...part.map(Math.abs)) / 7;
      expect(error).toBeLessThanOrEqual(part.length * (step / 2) ** 2 + 1e-12);
    }
  }
  expect(decoded(roundInt4(new Float32Array(32), 32, 32), 32, 32)).toEqual(Array(32).fill(0));
});
