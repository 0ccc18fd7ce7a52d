/**
 * What there is to train and to validate on.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import {
  documentSplitter,
  parseTokenizerSpec,
  split,
  textsOf,
  textWindows,
  tokenizeText,
} from "../text/index.ts";
import type { Split, Tokenizer, WindowSource } from "../text/index.ts";

/** What there is to train and to validate on, as windows of one length. */
export interface Corpus {
  readonly train: WindowSource;
  readonly valid: WindowSource;
  /** What a person should know of it. */
  readonly notes: readonly string[];
}

/**
 * Tokens as windows of one length.
 *
 * @throws UnmaskError "usage" if there is less than a window of either.
 */
export function windowsOf(parts: Split, length: number): Corpus {
  for (const [what, source] of [
    ["training", parts.train],
    ["validation", parts.validation],
  ] as const)
    if (source.length < length)
      throw new UnmaskError(
        "usage",
        `train: the ${what} text must hold at least one window of ${length} tokens, got ` +
          `${source.length}; give more text or a smaller length`,
      );
  return {
    train: textWindows(parts.train, length),
    valid: textWindows(parts.validation, length),
    notes: [],
  };
}

/**
 * A text in memory with a tokenizer trained on it, cut as a `.txt` file is; its last tenth is for validation.
 *
 * @param spec the tokenizer, as `--tokenizer` takes it: `char`, `bpe:512`
 * @throws UnmaskError "usage" for a text of less than a window
 */
export async function corpusOfText(
  text: string,
  { tokenizer: spec, length }: { readonly tokenizer: string; readonly length: number },
): Promise<{ tokenizer: Tokenizer; corpus: Corpus }> {
  const wanted = parseTokenizerSpec(spec);
  if (!("kind" in wanted))
    throw new UnmaskError("usage", `tokenizer: needs a kind to train on the text, got "${spec}"`);
  const splitter = documentSplitter();
  const pieces = [...splitter.push(text), ...splitter.end()];
  const tokenizer = await wanted.kind.train(textsOf(pieces), wanted.options);
  const { tokens } = await tokenizeText(pieces, tokenizer);
  return { tokenizer, corpus: windowsOf(split(tokens), length) };
}
