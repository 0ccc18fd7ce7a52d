/**
 * What the files beside a tokenizer say of its tokens: `tokenizer_config.json`, and before there was
 * one, `special_tokens_map.json` and `added_tokens.json`.
 *
 * @module
 */

import { z } from "zod";
import { addedSchema, idSchema, vocabularySchema } from "./huggingface-file.ts";
import type { AddedToken } from "./huggingface-file.ts";
import { addedToken, parseSaved } from "./saved.ts";

/** The parsed contents of the files; those that a folder lacks are absent. */
export interface TokenizerConfigFiles {
  readonly config?: unknown;
  readonly specialTokens?: unknown;
  readonly addedTokens?: unknown;
}

/** What they say. */
export interface TokenizerConfig {
  /** How the tokenizer was built: `Qwen2Tokenizer`. */
  readonly builtAs?: string | undefined;
  /** Whether a text is encoded as if a space stood before it. */
  readonly addPrefixSpace: boolean;
  /** Tokens beside the vocabulary. */
  readonly added: readonly AddedToken[];
  /** The spellings that play a part, in the order of their names. */
  readonly special: ReadonlySet<string>;
  readonly begin?: string | undefined;
  readonly end?: string | undefined;
  readonly mask?: string | undefined;
  /** The chat template, in Jinja's language; of several, the default. */
  readonly chatTemplate?: string | undefined;
}

const spelling = z
  .union([z.string(), z.looseObject({ content: z.string() })])
  .nullish()
  .transform((token) => (typeof token === "string" ? token : token?.content));

const parts = {
  bos_token: spelling,
  eos_token: spelling,
  unk_token: spelling,
  sep_token: spelling,
  pad_token: spelling,
  cls_token: spelling,
  mask_token: spelling,
  additional_special_tokens: z.array(spelling).nullish(),
};
const partsSchema = z.object(parts);

const schema = z.object({
  ...parts,
  tokenizer_class: z.string().nullish(),
  add_prefix_space: z.boolean().nullish(),
  added_tokens_decoder: z
    .record(z.string().regex(/^\d+$/, "must be ids"), addedSchema.omit({ id: true }))
    .optional(),
  chat_template: z
    .union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))])
    .nullish(),
});

/**
 * Reads the files. The older two count only where `tokenizer_config.json` has no
 * `added_tokens_decoder`, as in the library that writes them.
 */
export function readTokenizerConfig(files: TokenizerConfigFiles): TokenizerConfig {
  const config = parseSaved(schema, files.config ?? {}, "tokenizer_config.json");
  const decoder = config.added_tokens_decoder;
  const older = parseSaved(partsSchema, files.specialTokens ?? {}, "special_tokens_map.json");
  const named = decoder === undefined ? { ...config, ...present(older) } : config;
  const { bos_token, eos_token, unk_token, sep_token, pad_token, cls_token, mask_token } = named;
  const one = [bos_token, eos_token, unk_token, sep_token, pad_token, cls_token, mask_token];
  const special = [...one, ...(named.additional_special_tokens ?? [])].filter(Boolean);
  return {
    builtAs: config.tokenizer_class ?? undefined,
    addPrefixSpace: config.add_prefix_space ?? false,
    added: decoder === undefined ? readAdded(files.addedTokens) : decodeAdded(decoder),
    special: new Set(special as string[]),
    begin: bos_token,
    end: eos_token,
    mask: mask_token,
    chatTemplate: defaultTemplate(config.chat_template),
  };
}

function present<T extends object>(names: T): Partial<T> {
  const entries = Object.entries(names).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return Object.fromEntries(entries) as Partial<T>;
}

function readAdded(json: unknown): AddedToken[] {
  const ids = parseSaved(z.record(z.string(), idSchema), json ?? {}, "added_tokens.json");
  return Object.entries(ids).map(([content, id]) => plainToken(id, content));
}

function decodeAdded(decoder: NonNullable<z.infer<typeof schema>["added_tokens_decoder"]>) {
  return Object.entries(decoder).map(([id, token]) =>
    parseSaved(addedSchema, { ...token, id: Number(id) }, "tokenizer_config.json"),
  );
}

function plainToken(id: number, content: string): AddedToken {
  return addedSchema.parse({ ...addedToken(id, content), special: false });
}

function defaultTemplate(
  template: string | readonly { name: string; template: string }[] | null | undefined,
): string | undefined {
  if (typeof template === "string") return template;
  const named = template?.find(({ name }) => name === "default") ?? template?.[0];
  return named?.template;
}

const fileSchema = z.looseObject({
  added_tokens: z.array(addedSchema).default([]),
  model: z.looseObject({ vocab: vocabularySchema }),
});

/**
 * The content of a `tokenizer.json` together with what its config says: tokens that only the config
 * has are added, those that play a part are marked as special. A part's spelling that has no id gets
 * the next one, if the model has so many.
 *
 * @param size ids of the model
 * @returns the content, and the id of an added token
 */
export function withConfig(
  json: unknown,
  config: TokenizerConfig,
  size = Infinity,
): { readonly content: object; readonly idOf: (spelling: string) => number | undefined } {
  const file = parseSaved(fileSchema, json);
  const { vocab } = file.model;
  const ids = new Map(
    Array.isArray(vocab) ? vocab.map(([token], id) => [token, id]) : Object.entries(vocab),
  );
  const added = new Map(file.added_tokens.map((token) => [token.id, token]));
  for (const token of config.added) if (!added.has(token.id)) added.set(token.id, token);
  for (const { id, content } of added.values()) ids.set(content, id);
  let next = [...ids.values()].reduce((most, id) => Math.max(most, id + 1), 0);
  for (const content of config.special) {
    const id = ids.get(content) ?? (next < size ? next++ : undefined);
    if (id !== undefined && !added.has(id)) added.set(id, plainToken(id, content));
  }
  const marked = [...added.values()].map((token) =>
    config.special.has(token.content) ? { ...token, special: true } : token,
  );
  const added_tokens = marked.toSorted((a, b) => a.id - b.id);
  return {
    content: { ...file, added_tokens },
    idOf: (token) => added_tokens.find(({ content }) => content === token)?.id,
  };
}
