/**
 * Byte-level byte-pair encoding, trained here: GPT-2's way of cutting text into words, bytes as the
 * alphabet, and as many merges as the size asks for (Radford et al., "Language models are
 * unsupervised multitask learners", 2019).
 *
 * Merges are learned from the first 10 million characters of the training text. When it is too
 * small or too uniform for the size that was asked for, the tokenizer is smaller.
 *
 * @module
 */

import type { TokenizerKind, Tokenizer } from "../tokenizer.ts";
import type { Merge } from "./bpe-merge.ts";
import { learnPairs } from "./bpe-train.ts";
import { byteLevel, isByteLevel, loadPairs, specialCount } from "./byte-level.ts";
import { wordEncoder } from "./encode-words.ts";
import { compilePattern, gpt2Pattern } from "./pattern.ts";

const expression = compilePattern(gpt2Pattern);

const sampleCharacters = 10e6;
/** Longer words (scripts without spaces, ruled lines) are cut for training: rewriting them is slow. */
const longestWord = 96;

/** `--tokenizer bpe:N` */
export const bpe: TokenizerKind = {
  name: "bpe",
  summary: "byte-pair encoding trained on the text, N ids (bpe:N, 1024 if no N is given)",
  size: { standard: 1024, least: 256 + specialCount, most: 1_000_000 },
  async train(texts, { size = 1024 } = {}) {
    const counts = new Map<string, number>();
    let read = 0;
    for await (const text of texts) {
      const sample = text.slice(0, sampleCharacters - read);
      for (const word of sample.match(expression) ?? [])
        counts.set(word, (counts.get(word) ?? 0) + 1);
      read += sample.length;
      if (read >= sampleCharacters) break;
    }
    return fromPairs(learnPairs(cutLong(counts), size - specialCount));
  },
  recognise: (json) => isByteLevel(json, gpt2Pattern),
  load: (json) => fromPairs(loadPairs(json)),
};

function* cutLong(counts: Iterable<[string, number]>): Generator<[Uint8Array, number]> {
  const encoder = new TextEncoder();
  for (const [word, count] of counts) {
    const bytes = encoder.encode(word);
    for (let start = 0; start < bytes.length; start += longestWord)
      yield [bytes.subarray(start, start + longestWord), count];
  }
}

function fromPairs(pairs: {
  readonly tokens: readonly Uint8Array[];
  readonly merges: readonly Merge[];
}): Tokenizer {
  const byteIds = Array.from({ length: 256 }, (_, byte) => byte);
  const encodeWords = wordEncoder({ merges: pairs.merges, size: pairs.tokens.length, byteIds });
  return byteLevel({
    kind: "bpe",
    ...pairs,
    pattern: gpt2Pattern,
    encode: (text) => encodeWords(text.match(expression) ?? []),
  });
}
