/**
 * One token for each byte of UTF-8: 256 ids, no training, nothing unknown.
 *
 *     né -> 110 195 169
 *
 * @module
 */

import type { Tokenizer, TokenizerKind } from "../tokenizer.ts";
import { byteLevel, isByteLevel, loadPairs } from "./byte-level.ts";
import { damaged } from "./saved.ts";

const pattern = "[\\s\\S]";

/** `--tokenizer byte` */
export const byte: TokenizerKind = {
  name: "byte",
  summary: "one token per byte of UTF-8",
  train: async () => fromNothing(),
  recognise: (json) => isByteLevel(json, pattern),
  load(json) {
    const { tokens, merges } = loadPairs(json);
    if (tokens.length !== 256 || merges.length > 0)
      throw damaged("model: a byte tokenizer has 256 tokens and no merges");
    return fromNothing();
  },
};

function fromNothing(): Tokenizer {
  const encoder = new TextEncoder();
  return byteLevel({
    kind: "byte",
    tokens: Array.from({ length: 256 }, (_, value) => Uint8Array.of(value)),
    merges: [],
    pattern,
    encode: (text) => Int32Array.from(encoder.encode(text)),
  });
}
