/**
 * One token for each Unicode code point that occurs in the training text, in code point order.
 *
 * A code point is the unit, so surrogate pairs stay whole; an emoji built from several code points
 * (a family, a flag) is several tokens. Characters that the training text lacks become `<unk>`.
 *
 * @module
 */

import { replacement } from "../tokenizer.ts";
import type { TokenizerKind, Tokenizer } from "../tokenizer.ts";
import { isWordLevel, loadPieces, wordLevel } from "./word-level.ts";

const pattern = "[\\s\\S]";

/** `--tokenizer char` */
export const char: TokenizerKind = {
  name: "char",
  summary: "one token per character (code point) of the training text",
  async train(texts) {
    const seen = new Set<number>();
    for await (const text of texts) eachCodePoint(text, (code) => seen.add(code));
    return fromPieces(
      [...seen].toSorted((a, b) => a - b).map((code) => String.fromCodePoint(code)),
    );
  },
  recognise: (json) => isWordLevel(json, pattern),
  load: (json) => fromPieces(loadPieces(json)),
};

function fromPieces(pieces: readonly string[]): Tokenizer {
  // Almost all text lies below U+10000, where a table beats a hash map several times over.
  const low = new Int32Array(0x10000).fill(-1);
  const high = new Map<number, number>();
  for (const [id, piece] of pieces.entries()) {
    const code = piece.codePointAt(0)!;
    if (code < 0x10000) low[code] = id;
    else high.set(code, id);
  }
  return wordLevel({
    kind: "char",
    pieces,
    pattern,
    encode(text, unknownId) {
      const ids = new Int32Array(text.length);
      let count = 0;
      eachCodePoint(text, (code) => {
        const id = code < 0x10000 ? low[code]! : (high.get(code) ?? -1);
        ids[count++] = id < 0 ? unknownId : id;
      });
      return ids.slice(0, count);
    },
  });
}

const replacementCode = replacement.codePointAt(0)!;

/** Calls back with each code point; halves of surrogate pairs arrive as U+FFFD. */
function eachCodePoint(text: string, visit: (code: number) => void): void {
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code >= 0xd800 && code <= 0xdfff) {
      code = text.codePointAt(i)!;
      if (code > 0xffff) i++;
      else code = replacementCode;
    }
    visit(code);
  }
}
