/**
 * Pearson's chi-square test of frequencies against a law, for tests of samplers.
 *
 * @module
 */

/**
 * How far counts are from a law, in standard deviations: the chi-square statistic, mapped to a
 * standard normal by Wilson and Hilferty's cube root. Below 4 in all but 3 of 100,000 fair trials;
 * growing without bound with the number of draws if the law is wrong. Infinity if something
 * impossible happened.
 */
export function chiSquareScore(counts: ArrayLike<number>, law: ArrayLike<number>): number {
  const observed = Array.from(counts);
  const draws = observed.reduce((sum, count) => sum + count, 0);
  const mass = Array.from(law).reduce((sum, weight) => sum + weight, 0);
  let statistic = 0;
  let cells = 0;
  for (const [i, count] of observed.entries()) {
    const expected = (draws * law[i]!) / mass;
    if (expected === 0) {
      if (count > 0) return Infinity;
      continue;
    }
    statistic += (count - expected) ** 2 / expected;
    cells += 1;
  }
  const freedom = cells - 1;
  if (freedom < 1) return 0;
  const spread = 2 / (9 * freedom);
  return (Math.cbrt(statistic / freedom) - (1 - spread)) / Math.sqrt(spread);
}
