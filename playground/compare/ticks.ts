/**
 * Round numbers along an axis.
 *
 * @module
 */

/** Three to six round numbers within a range. */
export function ticks(low: number, high: number): number[] {
  const span = high - low;
  if (!(span > 0)) return [Number(low.toPrecision(4))];
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.8)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Multiples of a decimal fraction are not what they look like.
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** Powers of 10 within a range, or where it is short their doubles and fivefolds too. */
export function logTicks(low: number, high: number): number[] {
  const [first, last] = [low, high].map((end) => Math.floor(Math.log10(end) + 1e-9));
  const powers = Array.from({ length: last! - first! + 1 }, (_, i) => 10 ** (first! + i));
  const within = (values: readonly number[]): number[] =>
    values.filter((value) => value >= low && value <= high);
  const whole = within(powers);
  if (whole.length > 2) return whole;
  const finer = within(powers.flatMap((power) => [power, 2 * power, 5 * power]));
  return finer.length > 1 ? finer : ticks(low, high);
}
