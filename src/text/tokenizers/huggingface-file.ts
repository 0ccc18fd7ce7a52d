/**
 * What a foreign `tokenizer.json` says: its tokens by id, which of them are special, and which two
 * play the parts of the mask and the end.
 *
 * @module
 */

import { z } from "zod";
import { UnmaskError } from "../../errors.ts";
import { endToken, maskToken } from "../tokenizer.ts";
import { addedToken, parseSaved } from "./saved.ts";

const addedSchema = z.looseObject({
  id: z.int().nonnegative(),
  content: z.string(),
  special: z.boolean().optional(),
});

const vocabularySchema = z.union([
  z.record(z.string(), z.int().nonnegative()),
  z.array(z.tuple([z.string(), z.number()])),
]);

const fileSchema = z.looseObject({
  added_tokens: z.array(addedSchema).default([]),
  normalizer: z.unknown().default(null),
  pre_tokenizer: z.unknown().default(null),
  post_processor: z.unknown().default(null),
  decoder: z.unknown().default(null),
  model: z.looseObject({
    type: z.string().optional(),
    vocab: vocabularySchema,
    unk_token: z.string().nullish(),
  }),
});

/** The parts of a file that matter here; everything else is carried along. */
export type TokenizerFile = z.infer<typeof fileSchema>;
/** A token that the file lists beside the vocabulary. */
export type AddedToken = z.infer<typeof addedSchema>;

/** Which spellings play the parts of the mask and the end, when the file's own do not say it. */
export interface SpecialOptions {
  /** The mask's spelling among the added tokens, for instance from `tokenizer_config.json`. */
  readonly mask?: string;
  /** The end's spelling among the added tokens. */
  readonly end?: string;
}

/** A file, read. */
export interface ReadFile {
  /** The content, with the mask and the end appended to its added tokens where it had none. */
  readonly file: TokenizerFile;
  /** The spelling of each id; ids that the file skips are absent. */
  readonly tokens: readonly (string | undefined)[];
  readonly maskId: number;
  readonly endId: number;
  /** The ids that encoding never produces and decoding leaves out, by their spelling. */
  readonly special: ReadonlyMap<string, number>;
}

const maskNames = ["[MASK]", "<|mask|>", "<mask>", "<MASK>", "<|mdm_mask|>", "[mask]"];
const endNames = [
  "<|endoftext|>",
  "<|end_of_text|>",
  "</s>",
  "<eos>",
  "<|im_end|>",
  "<|eot_id|>",
  "[SEP]",
];

/**
 * Reads the content of a file.
 *
 * The mask is the added token named `[MASK]`, `<|mask|>`, `<mask>`, `<|mdm_mask|>` or the like, the
 * end the first of `<|endoftext|>`, `<|end_of_text|>`, `</s>`, `<eos>`, `<|im_end|>`, `<|eot_id|>`,
 * `[SEP]` that is there. Where there is none, one is appended after the last id, first the end, then
 * the mask.
 */
export function readFile(json: unknown, options: SpecialOptions = {}): ReadFile {
  const parsed = parseSaved(fileSchema, json);
  const tokens = tokensOf(parsed);
  const added = [...parsed.added_tokens];
  const find = (part: "mask" | "end", names: readonly string[], fallback: string): number => {
    const wanted = options[part];
    const found =
      wanted === undefined
        ? names.map((name) => added.find(({ content }) => content === name)).find(Boolean)
        : added.find(({ content }) => content === wanted);
    if (found) return found.id;
    if (wanted !== undefined)
      throw new UnmaskError(
        "usage",
        `tokenizer.json: ${part} must be one of its added tokens, got ${JSON.stringify(wanted)}`,
      );
    const id = tokens.length;
    tokens.push(fallback);
    added.push(addedSchema.parse(addedToken(id, fallback)));
    return id;
  };
  const endId = find("end", endNames, endToken);
  const others = added
    .map(({ content }) => content)
    .filter((content) => /^\W*(mdm_?)?mask(_?token)?\W*$/i.test(content));
  const maskId = find("mask", [...maskNames, ...others], maskToken);

  const special = new Map<string, number>();
  for (const { id, content, special: marked } of added)
    if (marked || id === maskId || id === endId) special.set(content, id);
  return { file: { ...parsed, added_tokens: added }, tokens, maskId, endId, special };
}

function tokensOf({ model, added_tokens }: TokenizerFile): (string | undefined)[] {
  const { vocab } = model;
  const tokens: (string | undefined)[] = [];
  if (Array.isArray(vocab)) for (const [token] of vocab) tokens.push(token);
  else for (const [token, id] of Object.entries(vocab)) tokens[id] = token;
  for (const { id, content } of added_tokens) tokens[id] = content;
  return tokens;
}
