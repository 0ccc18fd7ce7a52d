/**
 * What is done to a guess of the clean vector before a reverse step: classifier-free guidance (Ho and
 * Salimans 2022), and the dynamic thresholding that keeps large guidance from leaving the range of the
 * data (Saharia et al. 2022, Imagen; here as PLANNER has it, without scaling back).
 *
 * @module
 */

/**
 * `without + weight (given - without)`: weight 0 leaves the condition out, 1 is no guidance, more lets it
 * count for more. (2, 0) given and (1, 1) without, weight 3: (4, -2).
 */
export const guide = (given: Float64Array, without: Float64Array, weight: number): Float64Array =>
  weight === 1 ? given : given.map((x, i) => without[i]! + weight * (x - without[i]!));

/**
 * Clips to [-m, m], m the quantile of the magnitudes but at least the range that data has. Of (0.5, -3, 1)
 * with the range 1 and the quantile 0.5: m = 1, (0.5, -1, 1).
 *
 * @param options.range the largest magnitude of data
 * @param options.quantile the share of magnitudes that is left alone; PLANNER's 0.995
 */
export function dynamicThreshold(
  x: Float64Array,
  { range, quantile }: { readonly range: number; readonly quantile: number },
): Float64Array {
  const most = Math.max(range, quantileOf(x.map(Math.abs), quantile));
  return clip(x, most);
}

/** Clips to [-most, most]. */
export const clip = (x: Float64Array, most: number): Float64Array =>
  x.map((value) => Math.min(most, Math.max(-most, value)));

/** The value below which a share of the values lies, between two of them in proportion. */
function quantileOf(values: Float64Array, share: number): number {
  const sorted = values.toSorted();
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const next = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return sorted[below]! + (at - below) * (next - sorted[below]!);
}
