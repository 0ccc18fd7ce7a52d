/**
 * The tokenizer and the chat template of a published checkpoint: `tokenizer.json`, or the older
 * `vocab.json` and `merges.txt`, with what `tokenizer_config.json`, `special_tokens_map.json`,
 * `added_tokens.json` and `chat_template.jinja` say beside them.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UnmaskError } from "../../errors.ts";
import type { ChatTemplate } from "../../text/chat-template.ts";
import {
  convertRemedy,
  fileOfMerges,
  publishedTokenizer,
  readTokenizerConfig,
} from "../../text/index.ts";
import type { PublishedTokens, Tokenizer, TokenizerConfig } from "../../text/index.ts";
import { parseJson } from "../fields.ts";
import { readSmallFile } from "../small-file.ts";

/** Names of the files. */
const names = {
  file: "tokenizer.json",
  vocab: "vocab.json",
  merges: "merges.txt",
  config: "tokenizer_config.json",
  specialTokens: "special_tokens_map.json",
  addedTokens: "added_tokens.json",
  chatTemplate: "chat_template.jinja",
} as const;

/** What SentencePiece saves, which no reader here understands. */
const sentencePieces = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"];

/** The largest in use (Gemma's) have 35 MB. */
const mostBytes = 64 * 2 ** 20;

export interface PublishedTokenizerOptions extends PublishedTokens {
  /** `model_type` of `config.json`: says how a text is cut where `tokenizer_config.json` does not. */
  readonly modelType?: string | undefined;
  /** A `tokenizer.json`, or a folder, of a tokenizer that lies elsewhere (`--tokenizer`). */
  readonly path?: string | undefined;
}

export interface PublishedTokenizer {
  readonly tokenizer: Tokenizer;
  readonly chatTemplate: ChatTemplate | undefined;
}

/**
 * Reads them.
 *
 * @throws UnmaskError "missing" when there is no tokenizer that can be read, "corrupt" for a file that is
 * damaged, of another kind, or of another model.
 * @example
 * ```ts
 * await readPublishedTokenizer("llada", { vocabulary: 126464, maskId: 126336, endIds: [126081, 126348] });
 * ```
 */
export async function readPublishedTokenizer(
  folder: string,
  options: PublishedTokenizerOptions,
): Promise<PublishedTokenizer> {
  const place = await placeOf(folder, options.path);
  const at = (name: string): string => join(place.folder, name);
  const whole = await readJson(place.file ?? at(names.file));
  const pair = whole === undefined ? await readPair(place.folder) : undefined;
  const [config, specialTokens, addedTokens, jinja] = await Promise.all([
    readJson(at(names.config)),
    readJson(at(names.specialTokens)),
    readJson(at(names.addedTokens)),
    readSmallFile(at(names.chatTemplate), mostBytes),
  ]);
  return inFolder(place.folder, () => {
    const said = readTokenizerConfig({ config, specialTokens, addedTokens });
    const file = pair ? fileOfMerges({ ...pair, ...said, modelType: options.modelType }) : whole;
    const tokenizer = publishedTokenizer(file, said, options);
    return { tokenizer, chatTemplate: templateOf(place.folder, said, jinja) };
  });
}

/** Where a tokenizer is looked for: in a folder, which may say which file. */
async function placeOf(
  folder: string,
  path: string | undefined,
): Promise<{ folder: string; file?: string }> {
  if (path === undefined) return { folder };
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    throw new UnmaskError(
      "missing",
      `--tokenizer ${path}: must be a tokenizer.json or a folder with one, got no such file`,
    );
  return found.isDirectory() ? { folder: path } : { folder: dirname(path), file: path };
}

async function readJson(path: string): Promise<unknown> {
  const text = await readSmallFile(path, mostBytes);
  return text === undefined ? undefined : parseJson(text, path);
}

/** `vocab.json` and `merges.txt`, or an error that says what is there instead. */
async function readPair(folder: string): Promise<{ vocab: unknown; merges: string }> {
  const vocab = await readJson(join(folder, names.vocab));
  const merges = await readSmallFile(join(folder, names.merges), mostBytes);
  if (vocab !== undefined && merges !== undefined) return { vocab, merges };
  const missing = (what: string): UnmaskError => new UnmaskError("missing", `${folder}: ${what}`);
  const remedy = "or name a tokenizer with --tokenizer PATH";
  if (vocab !== undefined)
    throw missing(
      `${names.vocab} needs ${names.merges} beside it, got none; download it, ${remedy}`,
    );
  if (merges !== undefined)
    throw missing(
      `${names.merges} needs ${names.vocab} beside it, got none; download it, ${remedy}`,
    );
  for (const name of sentencePieces)
    if (await stat(join(folder, name)).catch(() => undefined))
      throw missing(
        `needs a ${names.file}, got only ${name}, SentencePiece's own format, which is not read; ` +
          `${convertRemedy}, ${remedy}`,
      );
  throw missing(
    `needs a tokenizer, got neither ${names.file} nor ${names.vocab} with ${names.merges}; name one with --tokenizer PATH`,
  );
}

/** A file of its own counts before the config's. */
function templateOf(
  folder: string,
  { chatTemplate, begin, end }: TokenizerConfig,
  jinja: string | undefined,
): ChatTemplate | undefined {
  const template = jinja ?? chatTemplate;
  if (template === undefined) return undefined;
  const name = join(folder, jinja === undefined ? names.config : names.chatTemplate);
  return { template, bosToken: begin, eosToken: end, name: `${name}: chat template` };
}

/** What is wrong with the contents is the folder's fault. */
function inFolder<T>(folder: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!UnmaskError.is(cause)) throw cause;
    throw new UnmaskError("corrupt", `${folder}: ${cause.message}`, { cause });
  }
}
