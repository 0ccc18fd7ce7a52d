/**
 * Angles for rotary positions (Su et al. 2021), computed on the host in float64.
 *
 * @module
 */
import { floats } from "../tensor/index.ts";
import type { Value } from "../tensor/index.ts";

/**
 * How frequencies are stretched for texts longer than those of the first training.
 * - `linear`: all of them, by a factor.
 * - `llama3`: by their wavelength (Llama 3.1; Grattafiori et al. 2024): long waves by the factor,
 *   short ones not at all, those between in proportion.
 */
export type RotaryScaling =
  | { readonly kind: "linear"; readonly factor: number }
  | {
      readonly kind: "llama3";
      readonly factor: number;
      readonly lowFactor: number;
      readonly highFactor: number;
      /** Tokens of a text in the first training. */
      readonly length: number;
    };

export interface RotaryOptions {
  /** How many numbers of a head are turned; even. */
  readonly size: number;
  readonly base: number;
  readonly scaling?: RotaryScaling | undefined;
}

export interface RotaryTable {
  /** [positions, size / 2] */
  readonly cosines: Value;
  readonly sines: Value;
}

/** Cosines and sines for each position: angle i of position p is `p * base^(-2i / size)`, scaled. */
export function rotaryTable(positions: ArrayLike<number>, options: RotaryOptions): RotaryTable {
  const { size, base, scaling } = options;
  const half = size / 2;
  const frequencies = Array.from({ length: half }, (_, i) =>
    scaled(base ** ((-2 * i) / size), scaling),
  );
  const angles = Float64Array.from(
    { length: positions.length * half },
    (_, at) => positions[Math.floor(at / half)]! * frequencies[at % half]!,
  );
  const shape = [positions.length, half];
  return {
    cosines: floats(shape, angles.map(Math.cos)),
    sines: floats(shape, angles.map(Math.sin)),
  };
}

function scaled(frequency: number, scaling: RotaryScaling | undefined): number {
  if (!scaling) return frequency;
  const stretched = frequency / scaling.factor;
  if (scaling.kind === "linear") return stretched;
  const { lowFactor, highFactor, length } = scaling;
  const turns = (length * frequency) / (2 * Math.PI);
  const share = Math.min(1, Math.max(0, (turns - lowFactor) / (highFactor - lowFactor)));
  return share * frequency + (1 - share) * stretched;
}

/** 0, 1, ... length - 1 */
export const positionsOf = (length: number, start = 0): Int32Array =>
  Int32Array.from({ length }, (_, i) => start + i);
