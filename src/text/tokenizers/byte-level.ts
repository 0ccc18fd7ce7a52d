/**
 * Tokenizers whose tokens are sequences of bytes: `byte` and `bpe`.
 *
 * Ids: the 256 bytes by value, then the merged tokens, then the end and the mask. No text is ever
 * unknown. The file is a byte-level BPE model as GPT-2 and Qwen have it.
 *
 * @module
 */

import { z } from "zod";
import { endToken, maskToken, replacement } from "../tokenizer.ts";
import type { Tokenizer } from "../tokenizer.ts";
import type { Merge } from "./bpe-merge.ts";
import { readBytes, spellBytes } from "./byte-alphabet.ts";
import { byteDecode, showBytes } from "./byte-decode.ts";
import {
  bpeModel,
  addedToken,
  damaged,
  hasSignature,
  parseSaved,
  splitOf,
  tokenizerFile,
  tokensById,
  vocabularyOf,
} from "./saved.ts";

const special = [endToken, maskToken];
/** How many special tokens these tokenizers have: the end and the mask. */
export const specialCount = special.length;

/** What tells one of these tokenizers from another. */
export interface ByteLevelOptions {
  readonly kind: string;
  /** The bytes of each id; the first 256 are the bytes by value. */
  readonly tokens: readonly Uint8Array[];
  readonly merges: readonly Merge[];
  /** The pattern that cuts a text into words, for the file. */
  readonly pattern: string;
  readonly encode: (text: string) => Int32Array;
}

/** A tokenizer over sequences of bytes. */
export function byteLevel(options: ByteLevelOptions): Tokenizer {
  const { kind, tokens, merges, pattern, encode } = options;
  const endId = tokens.length;
  const maskId = endId + 1;
  const nothing = new Uint8Array(0);
  return {
    kind,
    size: tokens.length + specialCount,
    maskId,
    endId,
    endIds: [endId],
    encode,
    ...byteDecode([...tokens, nothing, nothing]),
    token(id) {
      if (id === endId) return endToken;
      if (id === maskId) return maskToken;
      const bytes = tokens[id];
      return bytes === undefined ? replacement : showBytes(bytes);
    },
    toJSON() {
      const spelled = tokens.map(spellBytes);
      return tokenizerFile({
        special: [addedToken(endId, endToken), addedToken(maskId, maskToken)],
        preTokenizer: {
          type: "Sequence",
          pretokenizers: [
            splitOf(pattern),
            { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
          ],
        },
        decoder: {
          type: "ByteLevel",
          add_prefix_space: false,
          trim_offsets: true,
          use_regex: false,
        },
        model: bpeModel(
          vocabularyOf([...spelled, endToken, maskToken]),
          merges.map(({ left, right }) => `${spelled[left]!} ${spelled[right]!}`),
        ),
      });
    },
  };
}

const schema = z.object({
  model: z.object({
    type: z.literal("BPE"),
    vocab: z.record(z.string(), z.int().nonnegative()),
    merges: z.array(z.string()),
  }),
});

/** True for saved files of the kind with this pattern. */
export function isByteLevel(json: unknown, pattern: string): boolean {
  return hasSignature(json, { model: "BPE", pattern, special });
}

/** The tokens and merges of a saved file. */
export function loadPairs(json: unknown): { tokens: Uint8Array[]; merges: Merge[] } {
  const { vocab, merges } = parseSaved(schema, json).model;
  const spelled = tokensById(vocab);
  if (spelled.splice(-specialCount).join() !== special.join())
    throw damaged(`model.vocab: must end with ${special.join(", ")}`);
  const idOf = (token: string): number => {
    const id = vocab[token];
    if (id === undefined) throw damaged(`model.merges: no token ${JSON.stringify(token)}`);
    return id;
  };
  const tokens = spelled.map((token, id) => {
    const bytes = readBytes(token);
    if (bytes === undefined || (id < 256 && (bytes.length !== 1 || bytes[0] !== id)))
      throw damaged(`model.vocab: ${JSON.stringify(token)} cannot be token ${id}`);
    return bytes;
  });
  if (tokens.length < 256) throw damaged("model.vocab: the 256 bytes are not all there");
  return {
    tokens,
    merges: merges.map((merge) => {
      const [left, right, ...more] = merge.split(" ");
      if (left === undefined || right === undefined || more.length > 0)
        throw damaged(`model.merges: ${JSON.stringify(merge)} is not a pair`);
      return { left: idOf(left), right: idOf(right), result: idOf(left + right) };
    }),
  };
}
