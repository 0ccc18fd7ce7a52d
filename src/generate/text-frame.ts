/**
 * A canvas as text: what a frame looks like to somebody without a tokenizer.
 *
 * @module
 */
import type { Frame } from "../sample/frame.ts";
import { replacement } from "../text/index.ts";
import type { Tokenizer } from "../text/index.ts";
import type { Beginning } from "./begin-task.ts";
import type { Piece, TextFrame } from "./task.ts";

/** What stands for an open place. */
export const openPlace = "░";

/** Follows the frames of one canvas, and tells each as text. */
export function textFrames(
  { canvas: start, told }: Pick<Beginning, "canvas" | "told">,
  tokenizer: Tokenizer,
): (frame: Frame) => TextFrame {
  const { maskId } = tokenizer;
  const open = Uint8Array.from(start, (token) => (token === maskId ? 1 : 0));
  const confidences = Float64Array.from(start, (token) => (token === maskId ? 0 : 1));

  return ({ canvas, changed, step, passes, open: count }) => {
    for (const { place, token, confidence } of changed) {
      open[place] = token === maskId ? 1 : 0;
      confidences[place] = confidence;
    }
    const now = new Set(changed.map(({ place }) => place));
    const end = Math.min(told.end, canvas.length);
    const pieces: Piece[] = [];
    for (let place = told.start; place < end;) {
      const piece =
        canvas[place] === maskId
          ? openRun(canvas, place, end, maskId)
          : character(canvas, place, end, { tokenizer, open });
      const covered = Array.from({ length: piece.places }, (_, i) => place + i);
      pieces.push({
        ...piece,
        changed: !piece.open && covered.some((at) => now.has(at)),
        confidence: piece.open ? 0 : Math.min(...covered.map((at) => confidences[at]!)),
      });
      place += piece.places;
    }
    const text = pieces
      .map((piece) => piece.text || (piece.open ? openPlace.repeat(piece.places) : ""))
      .join("");
    return { step, passes, open: count, text, pieces };
  };
}

type Stretch = Pick<Piece, "text" | "places" | "open">;

/** Open places without a draft, one after the other. */
function openRun(canvas: Int32Array, from: number, end: number, maskId: number): Stretch {
  let to = from;
  while (to < end && canvas[to] === maskId) to += 1;
  return { text: "", places: to - from, open: true };
}

/**
 * As many places as make whole characters, all of them open or none. A part of a character whose other
 * parts may still come is shown as open places are.
 */
function character(
  canvas: Int32Array,
  from: number,
  end: number,
  { tokenizer, open }: { tokenizer: Tokenizer; open: Uint8Array },
): Stretch {
  const decoder = tokenizer.decoder();
  const isOpen = open[from] === 1;
  let to = from;
  let text = "";
  while (to < end && text === "") {
    const token = canvas[to]!;
    if (token === tokenizer.maskId || (open[to] === 1) !== isOpen) break;
    text = decoder.push(token);
    to += 1;
    // Ends of texts have no text, and wait for nothing.
    if (tokenizer.endIds.includes(token)) break;
  }
  if (text === "") text = decoder.end();
  const places = to - from;
  const comes = [from - 1, to].some((at) => at < end && open[at] === 1);
  const isPart = comes && text.includes(replacement);
  return { text: isPart ? openPlace.repeat(places) : text, places, open: isOpen };
}
