/**
 * The parts of a Hugging Face `tokenizer.json` that all of our own tokenizers write and read alike.
 *
 * The file is complete for other tools, and says nothing that they do not know: their strictest
 * reader refuses a file with an extra key. Our kinds are told from foreign files, and from one
 * another, by what they have to contain anyway.
 *
 * @module
 */

import { z } from "zod";
import { UnmaskError } from "../../errors.ts";
import { shownIssue } from "../../shown.ts";

/** A special token as the file lists it: never split, never changed. */
export function addedToken(id: number, content: string): object {
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return { id, content, ...plain, special: true };
}

/** The frame around the parts in which tokenizers differ. */
export function tokenizerFile(parts: {
  special: readonly object[];
  preTokenizer: object;
  decoder: object;
  model: object;
}): object {
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: parts.special,
    normalizer: null,
    pre_tokenizer: parts.preTokenizer,
    post_processor: null,
    decoder: parts.decoder,
    model: parts.model,
  };
}

/** Byte-pair encoding as the file describes it; every token is made of bytes that are tokens. */
export const bpeModel = (
  vocab: Readonly<Record<string, number>>,
  merges: readonly (string | readonly [string, string])[],
): object => ({
  type: "BPE",
  dropout: null,
  unk_token: null,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: false,
  byte_fallback: false,
  vocab,
  merges,
});

/** The Split pre-tokenizer whose words are the matches of a pattern. */
export function splitOf(pattern: string): object {
  return { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false };
}

/** What a file of one of our kinds has to contain. */
export interface Signature {
  readonly model: "WordLevel" | "BPE";
  /** The pattern of the Split pre-tokenizer. */
  readonly pattern: string;
  /** The added tokens, in the order of their ids. */
  readonly special: readonly string[];
}

const splitSchema = z.object({ pattern: z.object({ Regex: z.string() }) });
const signatureSchema = z.object({
  added_tokens: z.array(z.object({ content: z.string() })),
  pre_tokenizer: z.union([
    splitSchema,
    z.object({ pretokenizers: z.tuple([splitSchema]).rest(z.unknown()) }),
  ]),
  model: z.object({ type: z.string() }),
});

/** True for files of a kind, even when damaged in other places. */
export function hasSignature(json: unknown, { model, pattern, special }: Signature): boolean {
  const file = signatureSchema.safeParse(json).data;
  if (file === undefined || file.model.type !== model) return false;
  const split =
    "pattern" in file.pre_tokenizer ? file.pre_tokenizer : file.pre_tokenizer.pretokenizers[0];
  const added = file.added_tokens.map(({ content }) => content);
  return split.pattern.Regex === pattern && added.join("\n") === special.join("\n");
}

/** Checks the content of a file, or throws one line that says what is wrong with it. */
export function parseSaved<T>(schema: z.ZodType<T>, json: unknown, file = "tokenizer.json"): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw damaged(shownIssue(parsed.error.issues, json), undefined, file);
}

/** The error for a file that is not a tokenizer. */
export function damaged(what: string, cause?: unknown, file = "tokenizer.json"): UnmaskError {
  return new UnmaskError(
    "corrupt",
    `${file}: ${what}; the file is damaged or of another kind, train or download it again`,
    cause === undefined ? {} : { cause },
  );
}

/** The tokens of a vocabulary in the order of their ids, which must be 0, 1, 2 ... without gaps. */
export function tokensById(vocabulary: Readonly<Record<string, number>>): string[] {
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(vocabulary)) tokens[id] = token;
  const ids = Object.values(vocabulary);
  const count = ids.length;
  if (tokens.length !== count || new Set(ids).size !== count)
    throw damaged(`model.vocab: ids must be 0 .. ${count - 1}, each once`);
  return tokens;
}

/** The reverse of {@link tokensById}. */
export function vocabularyOf(tokens: readonly string[]): Record<string, number> {
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}
