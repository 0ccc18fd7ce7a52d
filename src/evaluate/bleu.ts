/**
 * BLEU-4 (Papineni et al. 2002): how many runs of one to four words of a text are found in its reference.
 *
 * ```
 * BLEU = brevity * exp( sum over n = 1 .. 4 of log p_n / 4 ),   brevity = min(1, exp(1 - reference / text))
 * ```
 *
 * p_n is the share of the texts' n-grams that the references have too, none counted more often than its
 * reference has it; counts and lengths are summed over all texts (corpus BLEU). Where none of an order's
 * n-grams is found, the first such p_n is taken for 1 / (2 total), the next for 1 / (4 total), and so on
 * (sacreBLEU's "exp" smoothing; Chen and Cherry 2014, method 3). Orders that no text is long enough for are
 * left out.
 *
 * "the cat sat" against "the cat sat down": p = 3/3, 2/2, 1/1, brevity exp(1 - 4/3) = 0.717, BLEU 0.717.
 *
 * @module
 */

/** A text and what it should be. */
export interface BleuPair {
  readonly text: string;
  readonly reference: string;
}

const order = 4;

/** Words, numbers and single signs: what n-grams are made of. */
export const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{M}]+|\p{N}+|[^\s]/gu) ?? [];

/** Corpus BLEU-4, from 0 to 1; 0 for no words at all. */
export function bleu(pairs: readonly BleuPair[]): number {
  const found = new Float64Array(order);
  const total = new Float64Array(order);
  let [length, wanted] = [0, 0];
  for (const { text, reference } of pairs) {
    const [words, truth] = [wordsOf(text), wordsOf(reference)];
    length += words.length;
    wanted += truth.length;
    for (let n = 1; n <= order; n++) {
      const known = grams(truth, n);
      for (const [gram, count] of grams(words, n)) {
        total[n - 1]! += count;
        found[n - 1]! += Math.min(count, known.get(gram) ?? 0);
      }
    }
  }
  const orders = total.filter((count) => count > 0).length;
  if (orders === 0 || found[0] === 0) return 0;
  let smooth = 1;
  let logs = 0;
  for (let n = 0; n < orders; n++) {
    if (found[n] === 0) smooth *= 2;
    logs += Math.log(found[n] === 0 ? 1 / (smooth * total[n]!) : found[n]! / total[n]!);
  }
  const brevity = length < wanted ? Math.exp(1 - wanted / length) : 1;
  return brevity * Math.exp(logs / orders);
}

/** How often each run of n words occurs. */
function grams(words: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + n <= words.length; start++) {
    // No word holds a space.
    const gram = words.slice(start, start + n).join(" ");
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/**
 * The area under a curve of points whose x rises, by trapezoids. (0, 0), (0.5, 1), (1, 1): 0.75.
 */
export function areaUnder(points: readonly { readonly x: number; readonly y: number }[]): number {
  return points
    .slice(1)
    .reduce((sum, { x, y }, i) => sum + ((x - points[i]!.x) * (y + points[i]!.y)) / 2, 0);
}
