/** Golden values: reading them, and comparing. */
import { readFile } from "node:fs/promises";
import type { Value } from "unmask/tensor";
import { decodeSafetensors } from "../../src/checkpoint/safetensors.ts";

/** A folder of `test/golden`: its `goldens.json` and its `arrays.safetensors`. */
export async function loadGolden(
  name: string,
): Promise<{ goldens: unknown; arrays: Readonly<Record<string, Value>> }> {
  const folder = new URL(`../golden/${name}/`, import.meta.url);
  const goldens = JSON.parse(await readFile(new URL("goldens.json", folder), "utf8")) as unknown;
  const bytes = await readFile(new URL("arrays.safetensors", folder));
  return { goldens, arrays: decodeSafetensors(bytes, name).tensors };
}

/** The last axis after leading indices. */
export function rowOf(value: Value, ...indices: number[]): Float64Array {
  const width = value.shape.at(-1)!;
  const at = indices.reduce((sum, index, axis) => sum * value.shape[axis]! + index, 0);
  return Float64Array.from(value.data.subarray(at * width, (at + 1) * width));
}

/** The largest distance between two rows, over the second's length. */
export function distance(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < theirs.length; i++) most = Math.max(most, Math.abs(ours[i]! - theirs[i]!));
  return most;
}

export function total(numbers: Iterable<number>): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}

/** The law of a place whose token is known, [size]. */
export const certain = (token: number, size: number): Float64Array =>
  Float64Array.from({ length: size }, (_, id) => (id === token ? 1 : 0));
