/**
 * Byte-pair encoding of one word: merge the adjacent pair of lowest rank until no pair has a rank
 * (Sennrich, Haddow, Birch, "Neural machine translation of rare words with subword units", 2016).
 *
 * Ranks low · er = 3, l · o = 0, lo · w = 1, e · r = 2:
 *
 *     l o w e r -> lo w e r -> low e r -> low er -> lower
 *
 * @module
 */

import { numberHeap } from "./number-heap.ts";

/** `left` and `right` side by side become `result`. The place in the list of merges is the rank. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly result: number;
}

/** Merges the first `count` symbols in place and returns how many are left. */
export type MergeSymbols = (symbols: Int32Array, count: number) => number;

// Rank and position in one float64: positions below 2^32, ranks below 2^21.
const positions = 0x100000000;

/**
 * The encoder for a list of merges, n log n in the length of the word: a run of a million letters
 * takes its time but does not hang. Of pairs with one rank the leftmost goes first.
 */
export function symbolMerger(merges: readonly Merge[], size: number): MergeSymbols {
  const rankOf = new Map(merges.map(({ left, right }, rank) => [left * size + right, rank]));
  const heap = numberHeap();
  let next = new Int32Array(64);
  let previous = new Int32Array(64);

  return (symbols, count) => {
    if (count > next.length) {
      next = new Int32Array(count * 2);
      previous = new Int32Array(count * 2);
    }
    const consider = (place: number): void => {
      const right = next[place]!;
      if (right === count) return;
      const rank = rankOf.get(symbols[place]! * size + symbols[right]!);
      if (rank !== undefined) heap.push(rank * positions + place);
    };
    for (let place = 0; place < count; place++) {
      next[place] = place + 1;
      previous[place] = place - 1;
    }
    for (let place = 0; place < count; place++) consider(place);

    for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) {
      const rank = Math.floor(entry / positions);
      const place = entry - rank * positions;
      const right = next[place]!;
      // Entries are not removed when a neighbour is swallowed, so each is checked when its turn comes.
      if (symbols[place]! < 0 || right === count) continue;
      if (rankOf.get(symbols[place]! * size + symbols[right]!) !== rank) continue;
      symbols[place] = merges[rank]!.result;
      symbols[right] = -1;
      const after = next[right]!;
      next[place] = after;
      if (after < count) previous[after] = place;
      consider(place);
      if (previous[place]! >= 0) consider(previous[place]!);
    }

    let kept = 0;
    for (let place = 0; place < count; place = next[place]!) symbols[kept++] = symbols[place]!;
    return kept;
  };
}
