/**
 * Angles for rotary positions (Su et al. 2021), computed on the host in float64.
 *
 * @module
 */
import { floats } from "../tensor/index.ts";
import type { Value } from "../tensor/index.ts";

export interface RotaryTable {
  /** [positions, size / 2] */
  readonly cosines: Value;
  readonly sines: Value;
}

/**
 * Cosines and sines for each position: angle i of position p is `p * base^(-2i / size)`.
 *
 * @param size width of one head
 */
export function rotaryTable(positions: ArrayLike<number>, size: number, base: number): RotaryTable {
  const half = size / 2;
  const angles = Float64Array.from({ length: positions.length * half }, (_, at) => {
    const i = at % half;
    return positions[Math.floor(at / half)]! * base ** ((-2 * i) / size);
  });
  const shape = [positions.length, half];
  return {
    cosines: floats(shape, angles.map(Math.cos)),
    sines: floats(shape, angles.map(Math.sin)),
  };
}

/** 0, 1, ... length - 1 */
export const positionsOf = (length: number, start = 0): Int32Array =>
  Int32Array.from({ length }, (_, i) => start + i);
