/**
 * Text that arrives in chunks, cut into documents: no file and no network here.
 *
 * A document comes as one or more pieces, so that a file that is one document of many gigabytes is
 * never in memory as a whole. Pieces of one document meet where white space follows something else;
 * there every tokenizer of this project would cut anyway, so that encoding piece by piece gives the
 * ids of the whole.
 *
 * @module
 */

import { UnmaskError } from "../errors.ts";
import { endToken } from "./tokenizer.ts";

/** A piece of a document. */
export interface TextPiece {
  readonly text: string;
  /** True for the last piece of its document. */
  readonly endsDocument: boolean;
}

/** How much text there is. */
export interface TextCounts {
  readonly documents: number;
  /** Unicode code points. */
  readonly characters: number;
  /** Bytes of UTF-8. */
  readonly bytes: number;
}

/** Takes chunks of a text and gives pieces of its documents. */
export interface DocumentSplitter {
  push(chunk: string): TextPiece[];
  end(): TextPiece[];
}

/** Characters of a piece, unless a document ends before. */
const pieceLength = 2 ** 20;
/** How far back from the end of a piece a good place to cut is looked for. */
const cutRange = 2 ** 16;

/**
 * Splits plain text at lines that are just `<|endoftext|>`. The line breaks around such a line
 * belong to it; documents of white space only are left out.
 *
 * @example
 * ```ts
 * const splitter = documentSplitter();
 * [...splitter.push("One.\n<|endoftext|>\nTw"), ...splitter.push("o.\n"), ...splitter.end()];
 * // [{ text: "One.", endsDocument: true }, { text: "Two.\n", endsDocument: true }]
 * ```
 */
export function documentSplitter(length: number = pieceLength): DocumentSplitter {
  let rest = "";
  /** Where in `rest` the search for a separator goes on. */
  let searched = 0;
  let restBeginsLine = true;
  /** True when pieces of the current document are out already. */
  let begun = false;

  const finish = (text: string): TextPiece[] => {
    const wanted = begun || text.trim() !== "";
    begun = false;
    return wanted ? [{ text, endsDocument: true }] : [];
  };
  const cutDocuments = (final: boolean): TextPiece[] => {
    const pieces: TextPiece[] = [];
    for (;;) {
      const place = rest.indexOf(endToken, searched);
      if (place < 0) {
        searched = Math.max(searched, rest.length - endToken.length + 1);
        return pieces;
      }
      const after = afterLine(rest, place + endToken.length, final);
      // The line goes on beyond this chunk: look again when more is there.
      if (after === undefined) {
        searched = place;
        return pieces;
      }
      const beginsLine = place === 0 ? restBeginsLine : rest[place - 1] === "\n";
      if (!beginsLine || after < 0) {
        searched = place + 1;
        continue;
      }
      pieces.push(...finish(rest.slice(0, place).replace(/\r?\n$/, "")));
      rest = rest.slice(after);
      restBeginsLine = true;
      searched = 0;
    }
  };
  const cutPieces = (): TextPiece[] => {
    const pieces: TextPiece[] = [];
    // What may yet become a separator stays: it lies behind any place where this cuts.
    while (rest.length > length + 2 * endToken.length) {
      const cut = placeToCut(rest, length);
      pieces.push({ text: rest.slice(0, cut), endsDocument: false });
      restBeginsLine = rest[cut - 1] === "\n";
      rest = rest.slice(cut);
      searched = Math.max(0, searched - cut);
      begun = true;
    }
    return pieces;
  };

  return {
    push(chunk) {
      rest += chunk;
      return [...cutDocuments(false), ...cutPieces()];
    },
    end() {
      const pieces = [...cutDocuments(true), ...finish(rest)];
      rest = "";
      searched = 0;
      restBeginsLine = true;
      return pieces;
    },
  };
}

/** Where the next line begins, -1 when this one goes on, `undefined` when the chunk ends too early. */
function afterLine(text: string, place: number, final: boolean): number | undefined {
  const lineBreak = text[place] === "\r" ? place + 1 : place;
  if (lineBreak === text.length) return final ? lineBreak : undefined;
  return text[lineBreak] === "\n" ? lineBreak + 1 : -1;
}

/** The last place before `limit` where white space follows something else, or one between characters. */
function placeToCut(text: string, limit: number): number {
  for (let place = limit; place > Math.max(1, limit - cutRange); place--)
    if (isSpace(text.charCodeAt(place)) && !/[\s\u0085]/.test(text[place - 1]!)) return place;
  const next = text.charCodeAt(limit);
  const insidePair = next >= 0xdc00 && next <= 0xdfff;
  return insidePair && limit > 1 ? limit - 1 : limit;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/**
 * The text of one line of a .jsonl file, `undefined` for a blank line.
 *
 * @param field the field that holds the text
 * @param where file and line for errors, `stories.jsonl:12`
 */
export function lineText(line: string, field: string, where: string): string | undefined {
  if (line.trim() === "") return undefined;
  const value = jsonObject(line, where);
  const text = Object.hasOwn(value, field) ? value[field] : undefined;
  if (typeof text === "string") return text;
  const fields = Object.keys(value);
  throw new UnmaskError(
    "corrupt",
    `corpus: ${where}: needs a field "${field}" with the text, got ${
      fields.length > 0 ? `the fields ${fields.join(", ")}` : "no fields"
    }; rename the field or choose another`,
  );
}

/** The object that a line of a .jsonl file holds. */
export function jsonObject(line: string, where: string): Readonly<Record<string, unknown>> {
  const wrong = (cause?: unknown): UnmaskError =>
    new UnmaskError(
      "corrupt",
      `corpus: ${where}: each line must be a JSON object, got ${excerpt(line)}`,
      { cause },
    );
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw wrong(error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong();
  return value as Readonly<Record<string, unknown>>;
}

/** A value for an error message, cut short. */
export function excerpt(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** The bare texts of pieces, to train a tokenizer from. */
export async function* textsOf(
  pieces: AsyncIterable<TextPiece> | Iterable<TextPiece>,
): AsyncGenerator<string> {
  for await (const { text } of pieces) yield text;
}

/** Documents that are in memory already, each as one piece. */
export function* documentsOf(texts: Iterable<string>): Generator<TextPiece> {
  for (const text of texts) if (text.trim() !== "") yield { text, endsDocument: true };
}

/** Counts code points and bytes of UTF-8 (half a surrogate pair counts as the three of U+FFFD). */
export function countText(text: string): { characters: number; bytes: number } {
  let characters = 0;
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    characters++;
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else if (code < 0xd800 || code > 0xdbff) bytes += 3;
    else {
      const next = text.charCodeAt(i + 1);
      const pair = next >= 0xdc00 && next <= 0xdfff;
      bytes += pair ? 4 : 3;
      if (pair) i++;
    }
  }
  return { characters, bytes };
}
