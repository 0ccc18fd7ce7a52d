/**
 * Words to ids with byte-pair merges, remembering the words seen lately.
 *
 * @module
 */

import { symbolMerger } from "./bpe-merge.ts";
import type { Merge } from "./bpe-merge.ts";

/** What to encode with. */
export interface WordEncoderOptions {
  readonly merges: readonly Merge[];
  /** Ids are below this. */
  readonly size: number;
  /** The id of each of the 256 bytes. */
  readonly byteIds: ArrayLike<number>;
  /** The id of a word that is a token as it stands, whatever the merges say. */
  readonly wholeWord?: (bytes: Uint8Array) => number | undefined;
}

// Text repeats its words, but the memory must not grow with the text: a full cache starts afresh.
const cachedWords = 65_536;
const longestCached = 64;

/** An encoder of texts that have been cut into words. */
export function wordEncoder(options: WordEncoderOptions): (words: readonly string[]) => Int32Array {
  const { merges, size, byteIds, wholeWord } = options;
  const merge = symbolMerger(merges, size);
  const encoder = new TextEncoder();
  const cache = new Map<string, Int32Array>();

  const encodeWord = (word: string): Int32Array => {
    const bytes = encoder.encode(word);
    const whole = wholeWord?.(bytes);
    if (whole !== undefined) return Int32Array.of(whole);
    const symbols = Int32Array.from(bytes, (byte) => byteIds[byte]!);
    return symbols.slice(0, merge(symbols, symbols.length));
  };
  const lookUp = (word: string): Int32Array => {
    const known = cache.get(word);
    if (known !== undefined) return known;
    const ids = encodeWord(word);
    if (cache.size >= cachedWords) cache.clear();
    if (word.length <= longestCached) cache.set(word, ids);
    return ids;
  };

  return (words) => {
    let ids = new Int32Array(words.length * 2 + 16);
    let count = 0;
    for (const word of words) {
      const wordIds = lookUp(word);
      if (count + wordIds.length > ids.length) ids = grow(ids, count + wordIds.length);
      for (let i = 0; i < wordIds.length; i++) ids[count++] = wordIds[i]!;
    }
    return ids.slice(0, count);
  };
}

function grow(ids: Int32Array<ArrayBuffer>, least: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(least, ids.length * 2));
  larger.set(ids);
  return larger;
}
