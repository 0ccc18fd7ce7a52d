/**
 * What independent samples say together.
 *
 * @module
 */

/** The mean of independent numbers and its standard error; 0 where there is only one. */
export function meanAndError(values: readonly number[]): { mean: number; standardError: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const standardError =
    values.length > 1 ? Math.sqrt(squares / (values.length - 1) / values.length) : 0;
  return { mean, standardError };
}
