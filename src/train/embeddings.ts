/**
 * Points in space for the tokens of a vocabulary, for processes that go to near ones: from a trained
 * model, or from the text itself.
 *
 * @module
 */
import type { Value } from "../tensor/index.ts";
import type { WindowSource } from "../text/index.ts";

/** The rows of a model's embedding matrix, [vocabulary, width]. */
export function embeddingsOf({ shape: [size, width], data }: Value): Float64Array[] {
  return Array.from({ length: size! }, (_, id) =>
    Float64Array.from(data.subarray(id * width!, (id + 1) * width!)),
  );
}

/** Neighbouring tokens that are told apart; all rarer ones count as one. */
const kept = 256;
/** Tokens that are looked at, at most. */
const most = 2 ** 22;

/**
 * Where tokens stand: the laws of their left and right neighbours in a text, by square roots, so that the
 * Euclidean distance is Hellinger's. Tokens that are used alike lie close together.
 *
 * In "a cat a dog", cat and dog have the same left neighbour; their right ones differ.
 *
 * @returns [size][2 * (kept + 1)], or less for small vocabularies; rounded to float32, as they are saved
 */
export async function nearContexts(text: WindowSource, size: number): Promise<Float64Array[]> {
  const windows = text.consecutive({ limit: Math.ceil(most / text.length) });
  const counts = new Float64Array(size);
  for await (const { x0 } of windows) for (const id of x0) counts[id]! += 1;

  const frequent = [...counts.keys()].toSorted((a, b) => counts[b]! - counts[a]! || a - b);
  const columns = Math.min(size, kept + 1);
  const columnOf = new Int32Array(size).fill(columns - 1);
  frequent.slice(0, columns - 1).forEach((id, column) => (columnOf[id] = column));

  const points = Array.from({ length: size }, () => new Float64Array(2 * columns));
  for await (const { x0 } of windows) {
    for (let i = 1; i < x0.length; i++) {
      const [left, right] = [x0[i - 1]!, x0[i]!];
      points[left]![columns + columnOf[right]!]! += 1;
      points[right]![columnOf[left]!]! += 1;
    }
  }
  return points.map((point) => {
    const half = (start: number): Float64Array => roots(point.subarray(start, start + columns));
    return Float64Array.of(...half(0), ...half(columns));
  });
}

/** Square roots of counts' shares. */
function roots(counts: Float64Array): Float64Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => Math.fround(Math.sqrt(count / Math.max(1, total))));
}
