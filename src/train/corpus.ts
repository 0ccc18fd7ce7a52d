/**
 * From paths to token sources: the tokenizer, and the text to train and to validate on.
 *
 * @module
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { readTokenizer } from "../checkpoint/model-folder.ts";
import { UnmaskError } from "../errors.ts";
import { corpusFiles, readCorpus } from "../text/corpus-files.ts";
import { parseTokenizerSpec, split, textsOf, tokenizeText, viewTokens } from "../text/index.ts";
import type { TextPiece, TokenSource, TokenizedText, Tokenizer } from "../text/index.ts";
import { openShards } from "../text/token-shards.ts";
import { writeShards } from "../text/write-shards.ts";

/** Bytes of text files above which tokens go to disk instead of memory. */
const memoryLimit = 64 * 2 ** 20;

/** The tokenizer that a spec asks for, trained on the text where it is of a kind to train. */
export async function makeTokenizer(spec: string, data: string): Promise<Tokenizer> {
  const wanted = parseTokenizerSpec(spec);
  if ("kind" in wanted) return wanted.kind.train(textsOf(readCorpus(data)), wanted.options);
  const folder = await stat(wanted.path).catch((cause: unknown) => {
    throw new UnmaskError("missing", `tokenizer: there is no file "${wanted.path}"`, { cause });
  });
  const path = folder.isDirectory() ? join(wanted.path, "tokenizer.json") : wanted.path;
  return readTokenizer(await readFile(path), path);
}

/** Told how many characters were read so far. */
export type Reading = (characters: number) => void;

async function* watched(
  pieces: AsyncIterable<TextPiece>,
  reading: Reading,
): AsyncGenerator<TextPiece> {
  let characters = 0;
  for await (const piece of pieces) {
    characters += piece.text.length;
    reading(characters);
    yield piece;
  }
}

export interface CorpusTokens {
  readonly train: TokenSource;
  readonly valid: TokenSource;
}

/**
 * Tokens to train and to validate on. Without a text of its own, validation gets the last tenth of
 * the data.
 *
 * @param folder where tokens of a large corpus are kept between runs
 */
export async function openCorpus(
  tokenizer: Tokenizer,
  options: {
    data: string;
    valid?: string | undefined;
    folder: string;
    reading?: Reading | undefined;
  },
): Promise<CorpusTokens> {
  const { data, valid, folder, reading } = options;
  const { tokens } = await tokenize(tokenizer, data, join(folder, "tokens"), reading);
  if (valid === undefined) {
    const parts = split(tokens);
    return { train: parts.train, valid: parts.validation };
  }
  const held = await tokenize(tokenizer, valid, join(folder, "tokens-valid"), reading);
  return { train: viewTokens(tokens, 0, tokens.length), valid: held.tokens };
}

async function tokenize(
  tokenizer: Tokenizer,
  path: string,
  shards: string,
  reading: Reading = () => {},
): Promise<TokenizedText> {
  const files = await corpusFiles(path);
  let bytes = 0;
  for (const file of files) bytes += (await stat(file)).size * (file.endsWith(".gz") ? 4 : 1);
  if (bytes <= memoryLimit) return tokenizeText(watched(readCorpus(path), reading), tokenizer);
  const made = await stat(shards).catch(() => undefined);
  if (!made) await writeShards(shards, watched(readCorpus(path), reading), tokenizer);
  return openShards(shards, { tokenizer });
}
