/**
 * From paths to windows: the tokenizer, and the text or the dialogues to train and to validate on.
 *
 * @module
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { readTokenizer } from "../checkpoint/model-contents.ts";
import { UnmaskError } from "../errors.ts";
import { corpusFiles, readCorpus } from "../text/corpus-files.ts";
import { holdsDialogues, readDialogues } from "../text/dialogue-files.ts";
import {
  encodeTurn,
  exampleWindows,
  parseTokenizerSpec,
  split,
  textsOf,
  tokenizeText,
} from "../text/index.ts";
import type { Example, Split, TextPiece, TokenizedText, Tokenizer, Turn } from "../text/index.ts";
import { openShards } from "../text/token-shards.ts";
import { writeShards } from "../text/write-shards.ts";
import { windowsOf } from "./windows.ts";
import type { Corpus } from "./windows.ts";

/** Bytes of text files above which tokens go to disk instead of memory. */
const memoryLimit = 64 * 2 ** 20;

/** The tokenizer that a spec asks for, trained on the text where it is of a kind to train. */
export async function makeTokenizer(spec: string, data: string): Promise<Tokenizer> {
  const wanted = parseTokenizerSpec(spec);
  if ("kind" in wanted) return wanted.kind.train(await plainTexts(data), wanted.options);
  const folder = await stat(wanted.path).catch((cause: unknown) => {
    throw new UnmaskError("missing", `tokenizer: there is no file "${wanted.path}"`, { cause });
  });
  const path = folder.isDirectory() ? join(wanted.path, "tokenizer.json") : wanted.path;
  return readTokenizer(await readFile(path), path);
}

/** The texts of a corpus; dialogues as they are read. */
async function plainTexts(path: string): Promise<AsyncIterable<string>> {
  return (await holdsDialogues(path)) ? dialogueTexts(path) : textsOf(readCorpus(path));
}

async function* dialogueTexts(path: string): AsyncGenerator<string> {
  for await (const turns of readDialogues(path)) yield wholeOf(turns);
}

/** A dialogue's text up to its last answer: every prompt has what came before. */
function wholeOf(turns: readonly Turn[]): string {
  const { prompt, answer } = turns.at(-1)!;
  return prompt + answer;
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

export interface CorpusOptions {
  /** Text or dialogues, which the files themselves tell. */
  readonly data: string;
  /** The same for validation. Default: the last tenth of the data. */
  readonly valid?: string | undefined;
  /** Tokens of a window. */
  readonly length: number;
  /** Where tokens of a large corpus are kept between runs. */
  readonly folder: string;
  readonly reading?: Reading | undefined;
}

/**
 * Opens what there is to train and to validate on.
 *
 * @throws UnmaskError "usage" if there is less than a window of either, or one is text and the other
 * dialogues.
 */
export async function openCorpus(tokenizer: Tokenizer, options: CorpusOptions): Promise<Corpus> {
  const { data, valid } = options;
  const dialogues = await holdsDialogues(data);
  if (valid !== undefined && (await holdsDialogues(valid)) !== dialogues)
    throw new UnmaskError(
      "usage",
      `train: --data and --valid must both hold text or both dialogues, got ${
        dialogues ? "dialogues and text" : "text and dialogues"
      }`,
    );
  return dialogues ? openDialogues(tokenizer, options) : openText(tokenizer, options);
}

async function openText(tokenizer: Tokenizer, options: CorpusOptions): Promise<Corpus> {
  return windowsOf(await openTokens(tokenizer, options), options.length);
}

/** The tokens to train and to validate on, where they are text. */
export async function openTokens(
  tokenizer: Tokenizer,
  { data, valid, folder, reading }: Omit<CorpusOptions, "length">,
): Promise<Split> {
  const { tokens } = await tokenize(tokenizer, data, join(folder, "tokens"), reading);
  const held =
    valid !== undefined &&
    (await tokenize(tokenizer, valid, join(folder, "tokens-valid"), reading));
  return held ? { train: tokens, validation: held.tokens } : split(tokens);
}

async function openDialogues(
  tokenizer: Tokenizer,
  { data, valid, length, reading }: CorpusOptions,
): Promise<Corpus> {
  const learned = await encodeDialogues(tokenizer, data, { length, reading });
  const held =
    valid === undefined ? undefined : await encodeDialogues(tokenizer, valid, { length, reading });
  const { dialogues } = learned;
  // Whole dialogues are held out: answers of one share their beginnings.
  const border = held ? dialogues.length : Math.floor(0.9 * dialogues.length);
  const train = dialogues.slice(0, border).flat();
  const validation = (held?.dialogues ?? dialogues.slice(border)).flat();
  if (train.length === 0 || validation.length === 0)
    throw new UnmaskError(
      "usage",
      `train: needs an answer of at most ${length} tokens to train on and one to validate on, got ` +
        `${train.length} and ${validation.length}; give more dialogues or a larger --length`,
    );
  const windows = { length, endId: tokenizer.endId };
  const left = learned.left + (held?.left ?? 0);
  return {
    train: exampleWindows(train, windows),
    valid: exampleWindows(validation, windows),
    notes:
      left === 0
        ? []
        : [
            `${left} of ${left + train.length + validation.length} answers are longer than ` +
              `--length ${length} and left out`,
          ],
  };
}

/** The examples of each dialogue, and how many answers are too long to be one. */
async function encodeDialogues(
  tokenizer: Tokenizer,
  path: string,
  { length, reading }: Pick<CorpusOptions, "length" | "reading">,
): Promise<{ dialogues: readonly (readonly Example[])[]; left: number }> {
  const dialogues: Example[][] = [];
  let left = 0;
  let characters = 0;
  for await (const turns of readDialogues(path)) {
    const examples = turns.flatMap((turn) => encodeTurn(turn, tokenizer, length) ?? []);
    left += turns.length - examples.length;
    if (examples.length > 0) dialogues.push(examples);
    characters += wholeOf(turns).length;
    reading?.(characters);
  }
  return { dialogues, left };
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
