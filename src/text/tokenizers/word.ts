/**
 * One token for each frequent word, with the space before it.
 *
 * A text is cut into words (letters, marks and digits, with inner apostrophes), single punctuation
 * marks or symbols, and single white space characters; one space belongs to the word or mark that
 * follows it. Han, Hiragana and Katakana characters are words of their own, since these scripts
 * put no spaces between words. The pieces put together are the text again.
 *
 *     Don't stop, 世界! -> "Don't" " stop" "," " 世" "界" "!"
 *
 * The vocabulary holds the most frequent pieces of the training text (its first 64 million
 * characters); equal counts are ordered by code unit. Rarer pieces become `<unk>`.
 *
 * @module
 */

import type { Tokenizer, TokenizerKind } from "../tokenizer.ts";
import { compilePattern, wellFormed } from "./pattern.ts";
import { isWordLevel, loadPieces, wordLevel } from "./word-level.ts";

const ideograph = "[\\p{Han}\\p{Hiragana}\\p{Katakana}]";
const letter = `(?!${ideograph})[\\p{L}\\p{M}\\p{N}]`;
const pattern = [
  ` ?${ideograph}`,
  ` ?(?:${letter})+(?:['’](?:${letter})+)*`,
  " ?[^\\s\\p{L}\\p{M}\\p{N}]",
  "\\s",
  // A mark of a script that the first line counts as ideographs never gets here; nothing is lost.
  "[\\p{L}\\p{M}\\p{N}]",
].join("|");
const expression = compilePattern(pattern);

const special = 3;
const sampleCharacters = 64e6;

/** `--tokenizer word` */
export const word: TokenizerKind = {
  name: "word",
  summary: "one token per frequent word (8192 at most, or word:N)",
  size: { standard: 8192, least: special + 1, most: 1_000_000 },
  async train(texts, { size = 8192 } = {}) {
    const counts = new Map<string, number>();
    let read = 0;
    for await (const text of texts) {
      for (const piece of split(text)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
      read += text.length;
      if (read >= sampleCharacters) break;
    }
    const byFrequency = [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    return fromPieces(byFrequency.slice(0, size - special).map(([piece]) => piece));
  },
  recognise: (json) => isWordLevel(json, pattern),
  load: (json) => fromPieces(loadPieces(json)),
};

function fromPieces(pieces: readonly string[]): Tokenizer {
  const idOf = new Map(pieces.map((piece, id) => [piece, id]));
  return wordLevel({
    kind: "word",
    pieces,
    pattern,
    encode: (text, unknownId) =>
      Int32Array.from(split(text), (piece) => idOf.get(piece) ?? unknownId),
  });
}

function split(text: string): readonly string[] {
  return wellFormed(text).match(expression) ?? [];
}
