/**
 * Editing: parts of a finished text are opened again and refined with the rest in view.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { permutation } from "../tensor/random.ts";
import type { Random } from "../tensor/random.ts";
import type { Span } from "./canvas.ts";

/**
 * Reads spans of characters, `4-9,12-20`: from the first, counted from 0, to behind the last.
 *
 * @throws UnmaskError "usage" for anything else, and for spans that overlap or are out of order.
 * @example
 * ```ts
 * parseSpans("4-9,12-20"); // [{ start: 4, end: 9 }, { start: 12, end: 20 }]
 * ```
 */
export function parseSpans(source: string): readonly Span[] {
  let reached = 0;
  return source.split(",").map((part) => {
    const [, from, to] = /^\s*(\d{1,9})-(\d{1,9})\s*$/.exec(part) ?? [];
    const span = { start: Number(from), end: Number(to) };
    if (from === undefined || span.end <= span.start || span.start < reached)
      throw new UnmaskError(
        "usage",
        `edit: spans must be a-b,c-d with a < b <= c < d, counted in characters from 0, got ${JSON.stringify(part)}`,
      );
    reached = span.end;
    return span;
  });
}

/** A text's tokens with some of them opened. */
export interface Reopening {
  readonly encode: (text: string) => Int32Array;
  readonly maskId: number;
}

/**
 * Opens spans of characters: as many places as their own tokens were. What lies between them is encoded
 * for itself, so that no token reaches over the edge of a span.
 *
 * @throws UnmaskError "usage" for a span that reaches beyond the text.
 */
export function reopenSpans(
  text: string,
  spans: readonly Span[],
  { encode, maskId }: Reopening,
): Int32Array {
  const characters = Array.from(text);
  const piece = (start: number, end: number): Int32Array =>
    encode(characters.slice(start, end).join(""));
  const tokens: number[] = [];
  let at = 0;
  for (const { start, end } of spans) {
    if (end > characters.length)
      throw new UnmaskError(
        "usage",
        `edit: span ${start}-${end} must end within the text, which has ${characters.length} characters`,
      );
    tokens.push(...piece(at, start), ...piece(start, end).fill(maskId));
    at = end;
  }
  return Int32Array.from([...tokens, ...piece(at, characters.length)]);
}

/**
 * Opens a share of the tokens, chosen at random; at least one.
 *
 * @param strength 0 to 1
 */
export function reopenShare(
  text: string,
  strength: number,
  { encode, maskId, random }: Reopening & { readonly random: Random },
): Int32Array {
  const tokens = encode(text);
  return reopenFirst(tokens, permutation(random, tokens.length), { share: strength, maskId });
}

/**
 * Opens the share of the tokens that is least probable, of equals the first; at least one.
 *
 * @param probabilities of each token, [tokens]
 */
export function reopenDoubtful(
  tokens: Int32Array,
  probabilities: Float64Array,
  options: { readonly share: number; readonly maskId: number },
): Int32Array {
  const order = Int32Array.from(tokens.keys()).toSorted(
    (a, b) => probabilities[a]! - probabilities[b]! || a - b,
  );
  return reopenFirst(tokens, order, options);
}

function reopenFirst(
  tokens: Int32Array,
  order: Int32Array,
  { share, maskId }: { readonly share: number; readonly maskId: number },
): Int32Array {
  const canvas = tokens.slice();
  const count = Math.max(1, Math.round(share * tokens.length));
  for (const place of order.subarray(0, count)) canvas[place] = maskId;
  return canvas;
}
