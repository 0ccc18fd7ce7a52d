/**
 * Rounding to 4 bits, a scale for each block of a row: what `matmulInt4` takes.
 *
 * A block's numbers are rounded to `q` in -8 .. 7 and stand for `q * scale`. For given q the best scale
 * is that of least squares, `sum(w q) / sum(q q)`, and its squared error is `sum(w w)` less
 * `sum(w q)^2 / sum(q q)`: so what a scale gains is known without looking at a single error. A few
 * scales are tried for each block, and the one that gains most is kept.
 *
 * The scales that are tried let the number of the largest magnitude fall on -7, -8, or beyond -8, where
 * it is cut. So -8 is used, by whichever sign has the largest magnitude (a scale may be negative): a
 * sixteenth level that costs nothing. Since -7 is among them, where nothing is cut, a block's squared
 * error never exceeds that of half a seventh of its largest magnitude everywhere.
 *
 * The block [0.7, -0.1, 0.3, 0] is kept as [-7, 1, -3, 0] with scale -0.1, exactly.
 *
 * @module
 */

/** Rounded numbers, two to a byte, with their scales. */
export interface RoundedBlocks {
  readonly weight: Uint8Array;
  readonly scales: Float32Array;
}

/** The magnitude up to which nothing is cut, whichever its sign. */
export const mostInt4 = 7;

/**
 * Where the largest magnitude may fall. More of them gain little: on normal numbers in blocks of 32, 64
 * and 128 the error is 8.1, 9.0 and 9.7 % with these, 8.1, 9.0 and 9.7 % with twice as many, and 9.5,
 * 10.6 and 11.6 % with 7 alone.
 */
const candidates = [mostInt4, 8, 8.5, 9.2] as const;

/** Adding it and taking it away gives the nearest integer: see `round-rows.ts`. */
const roundingShift = 1.5 * 2 ** 52;

/**
 * float32 [rows, width] to uint8 [rows, blocks, block / 2] and float32 [rows, blocks]. Where `width` is
 * not a multiple of `block`, the last block is filled up with zeros.
 */
export function roundInt4(values: Float32Array, width: number, block: number): RoundedBlocks {
  const rows = values.length / width;
  const blocks = Math.ceil(width / block);
  const weight = new Uint8Array((rows * blocks * block) / 2).fill(0x88);
  const scales = new Float32Array(rows * blocks);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < blocks; i++) {
      const from = row * width + i * block;
      const to = Math.min(from + block, (row + 1) * width);
      const at = row * blocks + i;
      scales[at] = roundBlock(values, from, to, weight, (at * block) / 2);
    }
  return { weight, scales };
}

/** Writes the bytes of one block, and returns its scale. */
function roundBlock(
  values: Float32Array,
  from: number,
  to: number,
  bytes: Uint8Array,
  start: number,
): number {
  let largest = 0;
  for (let i = from; i < to; i++)
    if (Math.abs(values[i]!) > Math.abs(largest)) largest = values[i]!;
  if (largest === 0) return 0;

  let [gained, scale, steps] = [0, 0, 0];
  for (const place of candidates) {
    const tried = -place / largest;
    let [alike, size] = [0, 0];
    for (let i = from; i < to; i++) {
      const rounded = level(values[i]! * tried);
      alike += values[i]! * rounded;
      size += rounded * rounded;
    }
    const gain = (alike * alike) / size;
    if (gain > gained) [gained, scale, steps] = [gain, alike / size, tried];
  }

  for (let i = from, at = start; i < to; i += 2, at++) {
    const low = level(values[i]! * steps);
    const high = i + 1 < to ? level(values[i + 1]! * steps) : 0;
    bytes[at] = (low + 8) | ((high + 8) << 4);
  }
  return scale;
}

/** The nearest of -8 .. 7. */
function level(value: number): number {
  const rounded = value + roundingShift - roundingShift;
  return rounded > 7 ? 7 : rounded < -8 ? -8 : rounded;
}
