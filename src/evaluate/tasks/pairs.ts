/**
 * A text as pairs, "A then B": a line each, with a tab between them.
 *
 * Models that trained on such a text saw line after line of it, and are asked in the same way: behind
 * other lines, in an order of their own, as many as fit in a canvas of their training.
 *
 * @module
 */
import { randomKey, randomStream, splitKey } from "../../tensor/index.ts";
import type { TextPiece, Tokenizer } from "../../text/index.ts";
import type { Contestant, Situation } from "./task.ts";

export interface Pair {
  readonly first: string;
  readonly second: string;
}

/** Pairs, or why a text has none. */
export type Pairs = { readonly list: readonly Pair[] } | { readonly none: string };

/** What stands between the two of a pair. */
const between = "\t";

/** Reads a text as pairs, up to the first line that is none. */
export async function readPairs(pieces: AsyncIterable<TextPiece>): Promise<Pairs> {
  const list: Pair[] = [];
  let rest = "";
  let number = 0;
  for await (const { text, endsDocument } of pieces) {
    const lines = `${rest}${text}${endsDocument ? "\n" : ""}`.split(/\r?\n/);
    rest = lines.pop()!;
    for (const line of lines) {
      number += 1;
      if (line.trim() === "") continue;
      const [first, second, ...more] = line.split(between);
      if (!first || !second || more.length > 0)
        return {
          none: `it needs lines of two texts with a tab between them, line ${number} is none`,
        };
      list.push({ first, second });
    }
  }
  return { list };
}

/** So many pairs, spread evenly over all. */
export const somePairs = (list: readonly Pair[], count: number): Pair[] =>
  Array.from(
    { length: Math.min(count, list.length) },
    (_, i) => list[Math.floor((i * list.length) / Math.min(count, list.length))]!,
  );

/** The first pair that a vocabulary can't spell, if any. */
export const unspelt = (
  pairs: readonly Pair[],
  { encode, decode }: Pick<Tokenizer, "encode" | "decode">,
): string | undefined => pairs.map(lineOf).find((line) => decode(encode(line)) !== line);

const lineOf = ({ first, second }: Pair): string => `${first}${between}${second}`;

/** A canvas with a stretch of open places, and what would be right there. */
export interface Quiz {
  readonly canvas: Int32Array;
  /** Where the open places begin. */
  readonly start: number;
  readonly answer: Int32Array;
}

/**
 * B is asked for: "A, tab, ...". The place behind it stands open as well: a line, or an answer, ends there, and a model that
 * sees the end of a canvas would have B end a token early.
 */
export const askSecond = (pair: Pair, others: Others, { tokenizer }: Contestant): Quiz =>
  quiz(others, tokenizer, {
    before: pair.first + between,
    asked: pair.second,
    after: Int32Array.of(tokenizer.maskId),
  });

/**
 * A is asked for: "..., tab, B" of models that see what follows, "B, tab, ..." of those that don't.
 */
export const askFirst = (pair: Pair, others: Others, { tokenizer, kind }: Contestant): Quiz =>
  quiz(
    others,
    tokenizer,
    kind.infills
      ? { before: "", asked: pair.first, after: tokenizer.encode(between + pair.second) }
      : { before: pair.second + between, asked: pair.first, after: new Int32Array(0) },
  );

/** Lines that may stand before a question, and how many tokens a canvas has. */
export interface Others {
  readonly lines: readonly Pair[];
  readonly room: number;
}

/** More lines than fit before any question. */
const mostLines = 64;

/** Other pairs for question number `index`, drawn for it. */
export function othersFor(
  list: readonly Pair[],
  asked: Pair,
  { seed }: Situation,
  { config }: Contestant,
  index: number,
): Others {
  const random = randomStream(splitKey(randomKey(seed), "others", index));
  const lines = Array.from({ length: mostLines }, () => list[random.integer(list.length)]!);
  return { lines: lines.filter((pair) => pair !== asked), room: config.length };
}

function quiz(
  { lines, room }: Others,
  { encode, maskId }: Tokenizer,
  parts: { readonly before: string; readonly asked: string; readonly after: Int32Array },
): Quiz {
  const { after } = parts;
  const [before, answer] = [encode(parts.before), encode(parts.asked)];
  const own = before.length + answer.length + after.length;
  const context: Int32Array[] = [];
  let used = own;
  for (const other of lines) {
    const line = encode(`${lineOf(other)}\n`);
    if (used + line.length > room) break;
    context.push(line);
    used += line.length;
  }
  const start = used - own + before.length;
  const canvas = new Int32Array(used).fill(maskId);
  let at = 0;
  for (const piece of [...context, before]) {
    canvas.set(piece, at);
    at += piece.length;
  }
  canvas.set(after, start + answer.length);
  return { canvas, start, answer };
}
