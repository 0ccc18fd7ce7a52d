/**
 * Units in which a sentence is destroyed, and the states that a place may be in.
 *
 * @module
 */
import { byte } from "../../src/text/tokenizers/byte.ts";
import { char } from "../../src/text/tokenizers/char.ts";
import { word } from "../../src/text/tokenizers/word.ts";
import type { TokenizerKind } from "../../src/text/tokenizer.ts";

/** A sentence in states, 0 .. size - 1; the mask is one more, `size`. */
export interface Sentence {
  readonly states: Int32Array;
  readonly size: number;
  /** The text of a state. */
  show(state: number): string;
}

interface Unit {
  readonly name: string;
  readonly kind: TokenizerKind;
  /** The text of a token, where it is not its own. */
  readonly show?: (token: number) => string;
}

/** A byte as a reader knows it: signs of ASCII as they are, others as two hexadecimal digits. */
const byteName = (value: number): string =>
  value > 32 && value < 127
    ? String.fromCharCode(value)
    : value === 32
      ? "␣"
      : value.toString(16).toUpperCase().padStart(2, "0");

/** All units by name. */
export const unitsOfText = {
  characters: { name: "Characters", kind: char },
  words: { name: "Words", kind: word },
  bytes: { name: "Bytes", kind: byte, show: byteName },
} as const satisfies Readonly<Record<string, Unit>>;

export type TextUnit = keyof typeof unitsOfText;

/** What noise is drawn from, beside the sentence itself. */
const others =
  "the quick brown fox jumps over a lazy dog and nobody knows why . " +
  "가장 작은 새가 먼저 노래하고 우리는 그 소리를 들으며 오늘도 길을 걷는다 .";

/**
 * A sentence in a unit of text. Noise is drawn from what it holds itself and a few more of its kind, in the order of the
 * tokenizer's ids: of characters and bytes, near states are near in Unicode.
 */
export async function sentenceOf(text: string, name: TextUnit): Promise<Sentence> {
  const unit: Unit = unitsOfText[name];
  const tokenizer = await unit.kind.train([`${text}\n${others}`]);
  const tokens = tokenizer.encode(text);
  const all = [...new Set([...tokens, ...tokenizer.encode(others)])].toSorted((a, b) => a - b);
  const stateOf = new Map(all.map((token, state) => [token, state]));
  return {
    states: tokens.map((token) => stateOf.get(token)!),
    size: all.length,
    show: (state) => unit.show?.(all[state]!) ?? tokenizer.token(all[state]!),
  };
}
