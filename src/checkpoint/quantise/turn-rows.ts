/**
 * Rows as columns: a linear layer of 8 bits is stored [inputs, outputs].
 *
 * @module
 */

/** Numbers of a cache line. */
const tile = 64;

/**
 * Writes int8 [rows, width] into the columns of int8 [width, columns], from column `first` on.
 *
 * Of [[1, 2], [3, 4]] the first column becomes [1, 2] and the second [3, 4]: [[1, 3], [2, 4]].
 */
export function turnRows(
  rows: Int8Array,
  width: number,
  { into, columns, first }: { into: Int8Array; columns: number; first: number },
): void {
  const count = rows.length / width;
  // In tiles, so that the lines that are written to stay in the cache.
  for (let start = 0; start < width; start += tile) {
    const end = Math.min(start + tile, width);
    for (let row = 0; row < count; row++)
      for (let i = start; i < end; i++) into[i * columns + first + row] = rows[row * width + i]!;
  }
}
