/**
 * A film as an animated GIF: one palette for all pictures, and of each only what has changed.
 *
 * @module
 */
import { pauseOf, rest } from "./film.ts";
import type { Film } from "./film.ts";
import { painterOf } from "./painter.ts";

/** What an export that takes a while is given. */
export interface Making {
  readonly signal: AbortSignal;
  /** Told how much is done, from 0 to 1. */
  onProgress(share: number): void;
}

/** Colours of the file, beside the one that means "as before". */
const colours = 63;

/** The file. @throws the signal's reason when it is stopped */
export async function gifOf(film: Film, { signal, onProgress }: Making): Promise<Blob> {
  const { GIFEncoder, quantize, applyPalette } = await import("gifenc");
  const { canvas, width, height, paint } = painterOf(film);
  const context = canvas.getContext("2d")!;
  const pixels = (): Uint8ClampedArray => context.getImageData(0, 0, width, height).data;
  const { pictures } = film;
  // Between them, the middle and the end show all shades, dots and marks.
  const samples = new Uint8ClampedArray(2 * 4 * width * height);
  [pictures[pictures.length >> 1]!, pictures.at(-1)!].forEach((picture, i) => {
    paint(picture);
    samples.set(pixels(), i * 4 * width * height);
  });
  const palette = quantize(samples, colours);
  const same = palette.length;
  const encoder = GIFEncoder();
  let before: Uint8Array | undefined;
  for (const [i, picture] of pictures.entries()) {
    await breath();
    signal.throwIfAborted();
    paint(picture);
    const index = applyPalette(pixels(), palette);
    const delay = i === pictures.length - 1 ? rest : pauseOf(film);
    if (before === undefined)
      encoder.writeFrame(index, width, height, {
        palette: [...palette, [0, 0, 0]],
        delay,
        repeat: 0,
        dispose: 1,
      });
    else {
      const last = before;
      const changed = index.map((colour, at) => (colour === last[at] ? same : colour));
      encoder.writeFrame(changed, width, height, {
        delay,
        transparent: true,
        transparentIndex: same,
        dispose: 1,
      });
    }
    before = index;
    onProgress((i + 1) / pictures.length);
  }
  encoder.finish();
  return new Blob([encoder.bytes()], { type: "image/gif" });
}

/** Lets the page draw and listen. */
const breath = (): Promise<void> => new Promise((done) => setTimeout(done));
