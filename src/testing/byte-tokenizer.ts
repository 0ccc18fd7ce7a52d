/**
 * A tokenizer of single bytes with special tokens behind them, as a published file has it.
 *
 * @module
 */
import { byteLetters } from "../text/tokenizers/byte-alphabet.ts";
import type { SpecialOptions } from "../text/tokenizers/huggingface-file.ts";
import { huggingface } from "../text/tokenizers/huggingface.ts";
import type { HuggingFaceTokenizer } from "../text/tokenizers/huggingface.ts";

/** Bytes are their own ids; the special spellings have those from 256 on. */
export const byteTokenizer = (
  special: readonly string[],
  options?: SpecialOptions,
): HuggingFaceTokenizer =>
  huggingface(
    {
      added_tokens: special.map((content, i) => ({ id: 256 + i, content, special: true })),
      pre_tokenizer: { type: "ByteLevel", add_prefix_space: false },
      decoder: { type: "ByteLevel" },
      model: {
        type: "BPE",
        vocab: Object.fromEntries(byteLetters.map((letter, byte) => [letter, byte])),
        merges: [],
      },
    },
    options,
  );
