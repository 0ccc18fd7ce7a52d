/**
 * Rounding to 8 bits, a scale for each row: what embeddings keep, and what linear layers turn.
 *
 * The row [0.5, -1.27, 0.004] has the largest magnitude 1.27, so its scale is 0.01, and it is kept as
 * [50, -127, 0]. No number is off by more than half a scale.
 *
 * @module
 */

/** Rounded numbers with their scales, rows as they were. */
export interface RoundedRows {
  readonly weight: Int8Array;
  readonly scales: Float32Array;
}

/** The largest magnitude of a rounded number. -128 is not used: what has no opposite shifts a sum. */
export const mostInt8 = 127;

/**
 * From here on, float64 has no bits for a fraction: adding it and taking it away gives the nearest
 * integer, several times as fast as `Math.round`, as long as this constant lies in the same module.
 */
const roundingShift = 1.5 * 2 ** 52;

/** float32 [rows, width] to int8 of the same shape and float32 [rows]. */
export function roundRows(values: Float32Array, width: number): RoundedRows {
  const rows = values.length / width;
  const weight = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const [from, to] = [row * width, (row + 1) * width];
    let most = 0;
    for (let i = from; i < to; i++) if (Math.abs(values[i]!) > most) most = Math.abs(values[i]!);
    // A row of zeros stays one, whatever its scale.
    const steps = most > 0 ? mostInt8 / most : 0;
    scales[row] = most / mostInt8;
    for (let i = from; i < to; i++) weight[i] = values[i]! * steps + roundingShift - roundingShift;
  }
  return { weight, scales };
}
