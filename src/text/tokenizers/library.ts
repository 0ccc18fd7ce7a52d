/**
 * The door to `@huggingface/tokenizers`: the few things that are used of it, with types (the
 * package's own do not resolve under Node's rules, so that everything from it would be `any`).
 *
 * @module
 */

import { Tokenizer } from "@huggingface/tokenizers";
import { shownMessage } from "../../shown.ts";
import { expressionFault, partFault } from "./foreign-parts.ts";
import { damaged } from "./saved.ts";

/** The library's tokenizer. */
export interface Library {
  encode(
    text: string,
    options: { add_special_tokens: boolean },
  ): { readonly ids: readonly (number | undefined)[] };
  /** @param ids at least one, all of them in the vocabulary */
  decode(ids: readonly number[], options: { skip_special_tokens: boolean }): string;
  readonly pre_tokenizer: { pre_tokenize(text: string): string[] } | null;
}

/** What is in it. */
interface Opened extends Library {
  readonly normalizer: object | null;
  readonly decoder: object | null;
}

/**
 * Opens the content of a tokenizer file. What the library cannot make sense of, now or once it is used,
 * is the file's fault.
 *
 * @param unknownToken the spelling for unknown pieces, which the library does not read from all files
 */
export function openLibrary(content: object, unknownToken?: string | null): Library {
  const parts = ["normalizer", "pre_tokenizer", "decoder"] as const;
  for (const part of parts) refuse(partFault(Reflect.get(content, part)));
  const named = typeof unknownToken === "string" ? { unk_token: unknownToken } : {};
  const library = blamingFile((): Opened => {
    // oxlint-disable-next-line typescript/no-unsafe-return, typescript/no-unsafe-call -- see above
    return new Tokenizer(content, { clean_up_tokenization_spaces: false, ...named });
  });
  for (const part of parts) refuse(expressionFault(library[part]));
  const cutter = library.pre_tokenizer;
  return {
    encode: (text, options) => blamingFile(() => library.encode(text, options)),
    decode: (ids, options) => blamingFile(() => library.decode(ids, options)),
    pre_tokenizer: cutter && {
      pre_tokenize: (text) => blamingFile(() => cutter.pre_tokenize(text)),
    },
  };
}

function refuse(fault: string | undefined): void {
  if (fault !== undefined) throw damaged(fault);
}

function blamingFile<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw damaged(shownMessage(error instanceof Error ? error.message : String(error)), error);
  }
}

/** The words into which a pre-tokenizer of a file cuts a text. */
export function librarySplitter(preTokenizer: object): (text: string) => readonly string[] {
  const { pre_tokenizer } = openLibrary({
    model: { type: "BPE", vocab: {}, merges: [] },
    pre_tokenizer: preTokenizer,
    added_tokens: [],
    normalizer: null,
    post_processor: null,
    decoder: null,
  });
  return (text) => pre_tokenizer?.pre_tokenize(text) ?? [text];
}
