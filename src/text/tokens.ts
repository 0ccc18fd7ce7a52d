/**
 * Token ids to read windows from, in memory or anywhere else, and how text becomes them.
 *
 * @module
 */

import { UnmaskError } from "../errors.ts";
import { countText } from "./corpus.ts";
import type { TextCounts, TextPiece } from "./corpus.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** A long row of token ids. */
export interface TokenSource {
  /** How many ids there are. */
  readonly length: number;
  /** The ids from `start` up to `end`, `0 <= start <= end <= length`. Not to be written to. */
  read(start: number, end: number): Int32Array | Promise<Int32Array>;
}

/** Token ids together with the amount of text they stand for. */
export interface TokenizedText extends TextCounts {
  readonly tokens: TokenSource;
}

/** Ids that are in memory. */
export function memoryTokens(ids: Int32Array): TokenSource {
  return {
    length: ids.length,
    read(start, end) {
      checkRange(start, end, ids.length);
      return ids.subarray(start, end);
    },
  };
}

/** A part of a source, as a source. */
export function viewTokens(source: TokenSource, start: number, end: number): TokenSource {
  checkRange(start, end, source.length);
  const length = end - start;
  return {
    length,
    read(from, to) {
      checkRange(from, to, length);
      return source.read(start + from, start + to);
    },
  };
}

/** The first part of a source to train on, the rest to validate with. */
export interface Split {
  readonly train: TokenSource;
  readonly validation: TokenSource;
}

/** Splits a source in two: the first `fraction` (0.9 by default) and what follows. */
export function split(source: TokenSource, fraction = 0.9): Split {
  if (!(fraction >= 0 && fraction <= 1))
    throw new UnmaskError("usage", `split: the fraction must be from 0 to 1, got ${fraction}`);
  const place = Math.floor(source.length * fraction);
  return {
    train: viewTokens(source, 0, place),
    validation: viewTokens(source, place, source.length),
  };
}

/** The ids of one piece of text. */
export interface TokenizedPiece extends TextCounts {
  readonly ids: Int32Array;
}

/** Encodes pieces of documents one after the other, with the end id after each document. */
export async function* tokenizePieces(
  pieces: AsyncIterable<TextPiece> | Iterable<TextPiece>,
  tokenizer: Tokenizer,
): AsyncGenerator<TokenizedPiece> {
  for await (const { text, endsDocument } of pieces) {
    const plain = tokenizer.encode(text);
    const ids = new Int32Array(plain.length + (endsDocument ? 1 : 0));
    ids.set(plain);
    if (endsDocument) ids[plain.length] = tokenizer.endId;
    yield { ids, documents: endsDocument ? 1 : 0, ...countText(text) };
  }
}

/** Encodes a corpus into memory. */
export async function tokenizeText(
  pieces: AsyncIterable<TextPiece> | Iterable<TextPiece>,
  tokenizer: Tokenizer,
): Promise<TokenizedText> {
  const parts: Int32Array[] = [];
  const total = { length: 0, documents: 0, characters: 0, bytes: 0 };
  for await (const { ids, documents, characters, bytes } of tokenizePieces(pieces, tokenizer)) {
    parts.push(ids);
    total.length += ids.length;
    total.documents += documents;
    total.characters += characters;
    total.bytes += bytes;
  }
  const { length, ...counts } = total;
  const all = new Int32Array(length);
  let place = 0;
  for (const ids of parts) {
    all.set(ids, place);
    place += ids.length;
  }
  return { tokens: memoryTokens(all), ...counts };
}

/** Fails when a range does not lie in a source of this length. */
export function checkRange(start: number, end: number, length: number): void {
  const whole = Number.isInteger(start) && Number.isInteger(end);
  if (!whole || start < 0 || start > end || end > length)
    throw new UnmaskError("usage", `tokens: no range ${start} .. ${end} in ${length} tokens`);
}
