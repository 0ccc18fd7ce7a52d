/**
 * Canvases: what is given and what is open. A canvas is an `Int32Array` of token ids in which the
 * mask id marks the open places.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";

/** Options of {@link openCanvas}. */
export interface OpenCanvasOptions {
  /** Given tokens at the start. Default: none. */
  readonly prompt?: Int32Array | undefined;
  /** Number of open places after them, >= 0. */
  readonly length: number;
  readonly maskId: number;
}

/**
 * The prompt, followed by open places.
 *
 * @example
 * ```ts
 * openCanvas({ prompt: Int32Array.of(5, 6), length: 3, maskId: 9 }); // [5, 6, 9, 9, 9]
 * ```
 */
export function openCanvas({ prompt, length, maskId }: OpenCanvasOptions): Int32Array {
  if (!Number.isInteger(length) || length < 0) {
    throw new UnmaskError("usage", `canvas: length must be an integer >= 0, got ${length}`);
  }
  const given = prompt?.length ?? 0;
  const canvas = new Int32Array(given + length).fill(maskId);
  if (prompt !== undefined) canvas.set(prompt);
  return canvas;
}

/** A piece of a text with holes. */
export type Segment =
  | { readonly kind: "text"; readonly text: string }
  /** `length` undefined: the model is to choose it. */
  | { readonly kind: "hole"; readonly length: number | undefined };

/**
 * Takes a text with holes apart: `[[12]]` is a hole of 12 tokens, `[[?]]` one whose length the model
 * chooses, and `\[[` stands for the two brackets themselves.
 *
 * @throws UnmaskError "usage" for a malformed hole, or if there is none.
 * @example
 * ```ts
 * parseHoles("Once [[12]] a time [[?]]");
 * // text "Once ", hole of 12, text " a time ", hole of unknown length
 * ```
 */
export function parseHoles(source: string): readonly Segment[] {
  const segments: Segment[] = [];
  let text = "";
  let at = 0;
  const endText = (): void => {
    if (text !== "") segments.push({ kind: "text", text });
    text = "";
  };
  while (at < source.length) {
    if (source.startsWith("\\[[", at)) {
      text += "[[";
      at += 3;
    } else if (source.startsWith("[[", at)) {
      endText();
      const end = source.indexOf("]]", at);
      segments.push({ kind: "hole", length: holeLength(source, at, end) });
      at = end + 2;
    } else {
      text += source[at++]!;
    }
  }
  endText();
  if (segments.every(({ kind }) => kind === "text")) {
    throw new UnmaskError(
      "usage",
      `infill: the text needs at least one hole, got none; write [[12]] for a hole of 12 tokens, or [[?]]`,
    );
  }
  return segments;
}

function holeLength(source: string, start: number, end: number): number | undefined {
  const inner = end < 0 ? undefined : source.slice(start + 2, end);
  if (inner === "?") return undefined;
  if (inner !== undefined && /^[1-9][0-9]{0,8}$/.test(inner)) return Number(inner);
  const got =
    inner === undefined ? `"${source.slice(start, start + 12)}" without "]]"` : `[[${inner}]]`;
  throw new UnmaskError(
    "usage",
    `infill: a hole must be [[n]] with n >= 1, or [[?]], got ${got} at character ${start + 1}; write \\[[ for the brackets themselves`,
  );
}

/** Options of {@link canvasWithHoles}. */
export interface CanvasWithHolesOptions {
  /** A text for {@link parseHoles}, or its result. */
  readonly text: string | readonly Segment[];
  /** A tokenizer's `encode`. */
  readonly encode: (text: string) => Int32Array;
  readonly maskId: number;
  /** Lengths for the holes of unknown length, in order. */
  readonly lengths?: readonly number[] | undefined;
}

/**
 * The canvas of a text with holes. Each stretch of text is encoded for itself, so no token reaches
 * over the edge of a hole.
 *
 * @throws UnmaskError "usage" for malformed holes, or holes without a length.
 */
export function canvasWithHoles({
  text,
  encode,
  maskId,
  lengths = [],
}: CanvasWithHolesOptions): Int32Array {
  const segments = typeof text === "string" ? parseHoles(text) : text;
  const tokens: number[] = [];
  let unknown = 0;
  for (const segment of segments) {
    if (segment.kind === "text") {
      for (const token of encode(segment.text)) tokens.push(token);
      continue;
    }
    const length = segment.length ?? lengths[unknown++];
    if (length === undefined || !Number.isInteger(length) || length < 1) {
      throw new UnmaskError(
        "usage",
        `infill: hole [[?]] number ${unknown} needs a length, an integer >= 1, got ${length}; choose one with chooseLengths`,
      );
    }
    for (let i = 0; i < length; i++) tokens.push(maskId);
  }
  return Int32Array.from(tokens);
}

/** A half-open range of places: start included, end not. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Opens parts of a finished canvas again, to have them rewritten.
 *
 * @throws UnmaskError "usage" for spans outside the canvas, or empty ones.
 * @example
 * ```ts
 * reopen(Int32Array.of(5, 6, 7, 8), [{ start: 1, end: 3 }], 9); // [5, 9, 9, 8]
 * ```
 */
export function reopen(canvas: Int32Array, spans: readonly Span[], maskId: number): Int32Array {
  const opened = canvas.slice();
  for (const { start, end } of spans) {
    const fits = Number.isInteger(start) && Number.isInteger(end);
    if (!fits || start < 0 || end <= start || end > canvas.length) {
      throw new UnmaskError(
        "usage",
        `edit: a span must satisfy 0 <= start < end <= ${canvas.length}, got ${start}-${end}`,
      );
    }
    opened.fill(maskId, start, end);
  }
  return opened;
}
