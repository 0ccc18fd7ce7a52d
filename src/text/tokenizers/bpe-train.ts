/**
 * Learns byte-pair merges: again and again the most frequent adjacent pair becomes a token.
 *
 * Counts are kept up to date merge by merge: a pair knows the words it occurs in, only those are
 * rewritten, and a heap whose entries are corrected when they come up gives the most frequent pair.
 * Of pairs with equal counts the one that was seen first wins, so that the same text always gives
 * the same merges.
 *
 * @module
 */

import type { Merge } from "./bpe-merge.ts";
import { numberHeap } from "./number-heap.ts";

/** What was learned. */
export interface LearnedPairs {
  /** The bytes of each token; ids below 256 are the bytes themselves. */
  readonly tokens: readonly Uint8Array[];
  readonly merges: readonly Merge[];
}

/** Words (as bytes) and how often they occur. */
export type WordCounts = Iterable<readonly [word: Uint8Array, count: number]>;

// A count below 2^27 and the number of a pair below 2^25 share one float64.
const mostPairs = 2 ** 25;
const mostCounts = 2 ** 27 - 1;
const idRange = 2 ** 21;

/**
 * Learns until there are `size` tokens, or until no pair occurs twice.
 *
 * @param words each distinct word once
 * @param size how many tokens, the 256 bytes included
 */
export function learnPairs(words: WordCounts, size: number): LearnedPairs {
  const tokens = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  const idOf = new Map(tokens.map((bytes, id) => [keyOf(bytes), id]));
  const merges: Merge[] = [];
  const corpus = layOut(words);
  const pairs = pairTable();
  for (let word = 0; word < corpus.words; word++) {
    const start = corpus.starts[word]!;
    for (let i = start; i < start + corpus.lengths[word]! - 1; i++)
      pairs.add(corpus.symbols[i]!, corpus.symbols[i + 1]!, corpus.counts[word]!, word);
  }
  pairs.settle();

  while (tokens.length < size) {
    const best = pairs.takeBest();
    if (best === undefined) break;
    const bytes = joinBytes(tokens[best.left]!, tokens[best.right]!);
    // Two ways of merging may spell the same bytes: they share one id, since files name tokens by them.
    let result = idOf.get(keyOf(bytes));
    if (result === undefined) {
      result = tokens.length;
      tokens.push(bytes);
      idOf.set(keyOf(bytes), result);
    }
    // A pair can reappear, through such a shared id, after its merge: its rule exists by then.
    if (best.firstTime) merges.push({ left: best.left, right: best.right, result });
    for (const word of best.words) rewrite(corpus, word, best.left, best.right, result, pairs);
    pairs.settle();
  }
  return { tokens, merges };
}

/** All words behind one another; they only ever shrink. */
interface Corpus {
  readonly words: number;
  readonly symbols: Int32Array;
  readonly starts: readonly number[];
  readonly lengths: number[];
  readonly counts: readonly number[];
}

function layOut(words: WordCounts): Corpus {
  const list = [...words];
  const symbols = new Int32Array(list.reduce((sum, [word]) => sum + word.length, 0));
  const starts: number[] = [];
  let place = 0;
  for (const [word] of list) {
    symbols.set(word, place);
    starts.push(place);
    place += word.length;
  }
  const lengths = list.map(([word]) => word.length);
  return { words: list.length, symbols, starts, lengths, counts: list.map(([, count]) => count) };
}

interface PairTable {
  /** Counts a pair in a word; a negative count takes it away again. */
  add(left: number, right: number, count: number, word: number): void;
  /** Tells the heap of all pairs that `add` raised since the last call. */
  settle(): void;
  /** The most frequent pair that occurs at least twice; it leaves the table. */
  takeBest():
    | { left: number; right: number; words: ReadonlySet<number>; firstTime: boolean }
    | undefined;
}

function pairTable(): PairTable {
  const indexOf = new Map<number, number>();
  const keys: number[] = [];
  const counts: number[] = [];
  const words: number[][] = [];
  const merged = new Set<number>();
  const raised = new Set<number>();
  const heap = numberHeap();
  const enqueue = (index: number): void =>
    heap.push((mostCounts - Math.min(counts[index]!, mostCounts)) * mostPairs + index);

  return {
    add(left, right, count, word) {
      const key = left * idRange + right;
      let index = indexOf.get(key);
      if (index === undefined) {
        index = keys.length;
        indexOf.set(key, index);
        keys.push(key);
        counts.push(0);
        words.push([]);
      }
      counts[index]! += count;
      if (count < 0) return;
      const occurs = words[index]!;
      if (occurs.at(-1) !== word) occurs.push(word);
      raised.add(index);
    },
    settle() {
      for (const index of raised) enqueue(index);
      raised.clear();
    },
    takeBest() {
      for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) {
        const index = entry % mostPairs;
        const recorded = mostCounts - (entry - index) / mostPairs;
        const count = Math.min(counts[index]!, mostCounts);
        if (count < 2) continue;
        if (count < recorded) enqueue(index);
        if (count !== recorded) continue;
        const occurs = new Set(words[index]);
        const firstTime = !merged.has(index);
        words[index] = [];
        merged.add(index);
        const key = keys[index]!;
        return { left: Math.floor(key / idRange), right: key % idRange, words: occurs, firstTime };
      }
      return undefined;
    },
  };
}

/** Merges a pair wherever it occurs in one word, and moves the counts of its neighbours along. */
function rewrite(
  { symbols, starts, lengths, counts }: Corpus,
  word: number,
  left: number,
  right: number,
  result: number,
  pairs: PairTable,
): void {
  const start = starts[word]!;
  const end = start + lengths[word]!;
  const count = counts[word]!;
  let kept = start;
  for (let i = start; i < end; i++) {
    if (symbols[i] !== left || i + 1 === end || symbols[i + 1] !== right) {
      symbols[kept++] = symbols[i]!;
      continue;
    }
    pairs.add(left, right, -count, word);
    if (kept > start) {
      pairs.add(symbols[kept - 1]!, left, -count, word);
      pairs.add(symbols[kept - 1]!, result, count, word);
    }
    if (i + 2 < end) {
      pairs.add(right, symbols[i + 2]!, -count, word);
      pairs.add(result, symbols[i + 2]!, count, word);
    }
    symbols[kept++] = result;
    i++;
  }
  lengths[word] = kept - start;
}

function joinBytes(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(left.length + right.length);
  bytes.set(left);
  bytes.set(right, left.length);
  return bytes;
}

function keyOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
