/**
 * What a foreign `tokenizer.json` says: its tokens by id, which of them are special, and which play
 * the parts of the mask and the end.
 *
 * @module
 */

import { z } from "zod";
import { UnmaskError } from "../../errors.ts";
import { shownText } from "../../shown.ts";
import { endToken, maskToken } from "../tokenizer.ts";
import { addedToken, parseSaved } from "./saved.ts";

/** More ids than any vocabulary has: a file must not make us reserve memory for a slip. */
const mostIds = 2 ** 22;
/** An id of a file. */
export const idSchema = z.int().nonnegative().lt(mostIds);

/** A token that a file lists beside the vocabulary. */
export const addedSchema = z.looseObject({
  id: idSchema,
  content: z.string(),
  special: z.boolean().optional(),
});

/** Spellings with their ids, or in the order of their ids with their scores. */
export const vocabularySchema = z.union([
  z.record(z.string(), idSchema),
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
export type AddedToken = z.infer<typeof addedSchema>;

/** A token by its spelling among the added tokens, or by its id. */
export type TokenName = string | number;

/** Which tokens play the parts of the mask and the end, where the file's own names do not say it. */
export interface SpecialOptions {
  /** The mask, as `tokenizer_config.json` spells it or `config.json` numbers it. */
  readonly mask?: TokenName | undefined;
  /** What ends a text; of several, the first is the one that stands between documents. */
  readonly end?: TokenName | readonly TokenName[] | undefined;
  /**
   * Ids of the model that the tokens are for. Vocabularies are often padded: an id without a token
   * is never produced, and decodes to U+FFFD.
   */
  readonly size?: number | undefined;
}

/** A file, read. */
export interface ReadFile {
  /** The content, with the mask and the ends appended to its added tokens where it had none. */
  readonly file: TokenizerFile;
  /** The spelling of each id; ids that the file skips are absent. */
  readonly tokens: readonly (string | undefined)[];
  readonly maskId: number;
  /** At least one. */
  readonly endIds: readonly number[];
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
 * `[SEP]` that is there, unless the options say otherwise. Where there is none, one gets the first id
 * that the file leaves free after its tokens, first the end, then the mask. (A mask may so lie just
 * beyond `size`: an autoregressive model without padding has no id to spare.)
 *
 * @example
 * ```ts
 * readFile(gpt2, { mask: 50257, size: 50258 }); // as MDLM's config.json says
 * readFile(llada, { mask: 126336, end: [126081, "<|eot_id|>"], size: 126464 });
 * ```
 */
export function readFile(json: unknown, options: SpecialOptions = {}): ReadFile {
  const parsed = parseSaved(fileSchema, json);
  const { size = 0 } = options;
  const table = tokenTable(parsed, size);
  // Ids that are given come first, so that none of them is free for what must be appended.
  const mask = options.mask === undefined ? undefined : table.named("mask", options.mask);
  const ends = listOf(options.end).map((name) => table.named("end", name));
  const endIds =
    ends.length > 0 ? [...new Set(ends)] : [table.known(endNames) ?? table.append(endToken)];
  const others = table.added
    .map(({ content }) => content)
    .filter((content) => /^\W*(mdm_?)?mask(_?token)?\W*$/i.test(content));
  const maskId = mask ?? table.known([...maskNames, ...others]) ?? table.append(maskToken);
  if (endIds.includes(maskId))
    throw wrong(`the mask and the end must differ, got ${maskId} for both`);

  const special = new Map<string, number>();
  for (const { id, content, special: marked } of table.added)
    if (marked || id === maskId || endIds.includes(id)) special.set(content, id);
  const { tokens, added } = table;
  tokens.length = Math.max(tokens.length, size);
  return { file: { ...parsed, added_tokens: added }, tokens, maskId, endIds, special };
}

/** The tokens of a file by id, to look up and to add to. */
function tokenTable(file: TokenizerFile, size: number) {
  const tokens = tokensOf(file);
  const added = [...file.added_tokens];
  const own = tokens.length;
  if (!Number.isInteger(size) || size < 0 || size > mostIds)
    throw wrong(`size must be an integer from 0 to ${mostIds}, got ${size}`);
  if (size > 0 && own > size)
    throw wrong(`has ids up to ${own - 1}, the model only ${size}; it belongs to another model`);
  const limit = size > 0 ? size : mostIds;
  const add = (id: number, spelling: string): number => {
    const taken = added.some(({ content }) => content === spelling) || tokens.includes(spelling);
    const content = taken ? `${spelling}${id}` : spelling;
    tokens[id] = content;
    added.push(addedSchema.parse(addedToken(id, content)));
    return id;
  };
  return {
    tokens,
    added,
    /** The id of a token that was asked for. */
    named(part: "mask" | "end", name: TokenName): number {
      const found = added.find(({ id, content }) => name === id || name === content);
      if (found) return found.id;
      if (typeof name === "string")
        throw wrong(`${part} must be one of its added tokens, got ${shownText(name)}`);
      // A model that reads no mask names the id behind its last for it.
      const most = part === "mask" ? limit : limit - 1;
      if (!Number.isInteger(name) || name < 0 || name > most)
        throw wrong(`the id of the ${part} must be from 0 to ${most}, got ${name}`);
      const ordinary = tokens[name];
      if (ordinary !== undefined)
        throw wrong(
          `${part} must be a special token, got ${name}, ${shownText(ordinary)} of its text`,
        );
      return add(name, part === "mask" ? maskToken : endToken);
    },
    /** The first of some spellings that is there. */
    known: (names: readonly string[]): number | undefined =>
      names.map((name) => added.find(({ content }) => content === name)).find(Boolean)?.id,
    /** A token of our own, behind the file's. */
    append(spelling: string): number {
      let id = own;
      while (tokens[id] !== undefined) id += 1;
      return add(id, spelling);
    },
  };
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

const wrong = (what: string): UnmaskError => new UnmaskError("usage", `tokenizer.json: ${what}`);

function tokensOf({ model, added_tokens }: TokenizerFile): (string | undefined)[] {
  const { vocab } = model;
  const tokens: (string | undefined)[] = [];
  if (Array.isArray(vocab)) for (const [token] of vocab) tokens.push(token);
  else for (const [token, id] of Object.entries(vocab)) tokens[id] = token;
  for (const { id, content } of added_tokens) tokens[id] = content;
  return tokens;
}
