/**
 * Tokenizers whose tokens are pieces of text from a list: `char` and `word`.
 *
 * Ids: the list first, then `<unk>`, the end and the mask. `<unk>` stands for whatever the list
 * lacks and decodes to U+FFFD. The file is a WordLevel model behind a Split pre-tokenizer.
 *
 * @module
 */

import { z } from "zod";
import { endToken, maskToken, replacement, unknownToken } from "../tokenizer.ts";
import type { Tokenizer } from "../tokenizer.ts";
import {
  addedToken,
  damaged,
  hasSignature,
  parseSaved,
  splitOf,
  tokenizerFile,
  tokensById,
  vocabularyOf,
} from "./saved.ts";

/** What tells one of these tokenizers from another. */
export interface WordLevelOptions {
  readonly kind: string;
  /** The known pieces, in the order of their ids. */
  readonly pieces: readonly string[];
  /** The pattern whose matches are the pieces of a text, for the file. */
  readonly pattern: string;
  /** Text to ids, given the id of what is unknown. */
  readonly encode: (text: string, unknownId: number) => Int32Array;
}

/** A tokenizer over a list of pieces. */
export function wordLevel({ kind, pieces, pattern, encode }: WordLevelOptions): Tokenizer {
  const unknownId = pieces.length;
  const endId = unknownId + 1;
  const maskId = unknownId + 2;
  const shown = [...pieces, unknownToken, endToken, maskToken];
  const decoded = [...pieces, replacement, "", ""];
  const textOf = (id: number): string => decoded[id] ?? replacement;

  return {
    kind,
    size: shown.length,
    maskId,
    endId,
    endIds: [endId],
    encode: (text) => encode(text, unknownId),
    decode(ids) {
      let text = "";
      for (let i = 0; i < ids.length; i++) text += textOf(ids[i]!);
      return text;
    },
    token: (id) => shown[id] ?? replacement,
    decoder: () => ({ push: textOf, end: () => "" }),
    toJSON: () =>
      tokenizerFile({
        special: [unknownId, endId, maskId].map((id) => addedToken(id, shown[id]!)),
        preTokenizer: splitOf(pattern),
        decoder: { type: "Fuse" },
        model: { type: "WordLevel", vocab: vocabularyOf(shown), unk_token: unknownToken },
      }),
  };
}

const schema = z.object({
  model: z.object({
    type: z.literal("WordLevel"),
    vocab: z.record(z.string(), z.int().nonnegative()),
    unk_token: z.literal(unknownToken),
  }),
});

const special = [unknownToken, endToken, maskToken];

/** True for saved files of the kind with this pattern. */
export function isWordLevel(json: unknown, pattern: string): boolean {
  return hasSignature(json, { model: "WordLevel", pattern, special });
}

/** The list of pieces of a saved file. */
export function loadPieces(json: unknown): string[] {
  const tokens = tokensById(parseSaved(schema, json).model.vocab);
  if (tokens.splice(-special.length).join() !== special.join())
    throw damaged(`model.vocab: must end with ${special.join(", ")}`);
  return tokens;
}
