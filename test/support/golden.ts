/** Golden values: reading them, and comparing. */
import { readFile } from "node:fs/promises";
import type { Value } from "unmask/tensor";
import { decodeSafetensors } from "../../src/checkpoint/safetensors.ts";

/** The tensors of a file below test/golden. */
export async function goldenTensors(path: string): Promise<Record<string, Value>> {
  const bytes = await readFile(new URL(`../golden/${path}`, import.meta.url));
  return { ...decodeSafetensors(bytes, path).tensors };
}

/** The content of a JSON file below test/golden. */
export async function goldenJson<T>(path: string): Promise<T> {
  const text = await readFile(new URL(`../golden/${path}`, import.meta.url), "utf8");
  return JSON.parse(text) as T;
}

/** A folder of `test/golden` that holds a `goldens.json` and an `arrays.safetensors`. */
export const loadGolden = async (
  name: string,
): Promise<{ goldens: unknown; arrays: Readonly<Record<string, Value>> }> => ({
  goldens: await goldenJson<unknown>(`${name}/goldens.json`),
  arrays: await goldenTensors(`${name}/arrays.safetensors`),
});

/** The published draw: argmax p / (1e-10 - log(u + 1e-10)), with the recorded u of one row. */
export function recordedDraw(law: Float64Array, uniforms: Float64Array): number {
  let best = -1;
  let top = -Infinity;
  uniforms.forEach((u, token) => {
    const value = law[token]! / (1e-10 - Math.log(u + 1e-10));
    if (value > top) [best, top] = [token, value];
  });
  return best;
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
