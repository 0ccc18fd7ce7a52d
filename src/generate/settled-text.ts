/**
 * The part of a text that can't change any more, as it grows.
 *
 * @module
 */
import type { Alternative, Frame } from "../sample/frame.ts";
import type { Tokenizer } from "../text/index.ts";
import type { Beginning } from "./begin-task.ts";
import type { WrittenToken } from "./task.ts";

export interface SettledTextOptions {
  readonly beginning: Pick<Beginning, "told" | "endIds" | "trims">;
  readonly tokenizer: Tokenizer;
  /** The text ends before the first of these. */
  readonly strings: readonly string[];
  /** Whether the tokens are told. */
  readonly tokens: boolean;
}

/** More text, with the tokens that begin in it. */
export interface MoreText {
  readonly text: string;
  readonly written: readonly WrittenToken[];
}

export interface SettledText {
  /** Takes a frame, and tells what it adds. The last frame brings all that was held back. */
  take(frame: Frame): MoreText;
  /** All that was told so far. */
  readonly text: string;
  /** Whether it ended before a stop string. */
  readonly stopped: boolean;
}

/** How sure the model was of what stands at a place. */
interface Certainty {
  readonly confidence: number;
  readonly alternatives: readonly Alternative[];
}

/**
 * Follows the frames of one canvas. Characters come whole; what may be the beginning of a stop string is
 * held back until it is not.
 */
export function settledText(options: SettledTextOptions): SettledText {
  const { beginning, tokenizer, strings } = options;
  const { told, trims } = beginning;
  const ends = new Set([...beginning.endIds, tokenizer.maskId]);
  const decoder = tokenizer.decoder();
  const certainties = new Map<number, Certainty>();
  let place = told.start;
  let text = "";
  /** Decoded, but not told yet. */
  let held = "";
  /** Tokens that are not told yet, and where in the text they begin. */
  const tokens: { readonly start: number; readonly token: WrittenToken }[] = [];
  let decoded = 0;
  let over = false;

  const receive = (more: string): void => {
    held += more;
    decoded += more.length;
  };
  const push = (canvas: Int32Array): void => {
    const id = canvas[place]!;
    const more = decoder.push(id);
    if (options.tokens && !ends.has(id))
      tokens.push({ start: decoded, token: tokenAt(place, more) });
    receive(more);
    place += 1;
  };
  const tokenAt = (at: number, more: string): WrittenToken => {
    const certainty = certainties.get(at);
    return {
      text: more,
      logProb: certainty ? Math.log(certainty.confidence) : null,
      alternatives: (certainty?.alternatives ?? []).map(({ token, probability }) => ({
        text: tokenizer.decode([token]),
        logProb: Math.log(probability),
      })),
    };
  };
  /** How much of the held text may be told. */
  const free = (done: boolean): number => {
    const stops = strings.map((string) => held.indexOf(string)).filter((at) => at >= 0);
    over = stops.length > 0;
    const end = over ? Math.min(...stops) : held.length - (done ? 0 : longestStart(held, strings));
    return trims ? held.slice(0, end).trimEnd().length : end;
  };
  const tell = (done: boolean): MoreText => {
    if (over) return { text: "", written: [] };
    if (trims && text === "") held = held.trimStart();
    const end = free(done);
    const more = held.slice(0, end);
    held = held.slice(end);
    text += more;
    const written: WrittenToken[] = [];
    while (tokens.length > 0 && tokens[0]!.start < decoded - held.length)
      written.push(tokens.shift()!.token);
    return { text: more, written };
  };
  return {
    take({ canvas, changed, settled, done }) {
      for (const { place: at, token, confidence, alternatives = [] } of changed)
        if (token !== tokenizer.maskId) certainties.set(at, { confidence, alternatives });
      while (!over && place < Math.min(settled, told.end, canvas.length)) push(canvas);
      if (done) receive(decoder.end());
      return tell(done);
    },
    get text() {
      return text;
    },
    get stopped() {
      return over;
    },
  };
}

/** Length of the longest end of a text that begins one of the strings. */
function longestStart(text: string, strings: readonly string[]): number {
  let longest = 0;
  for (const string of strings)
    for (let length = Math.min(string.length - 1, text.length); length > longest; length--)
      if (text.endsWith(string.slice(0, length))) longest = length;
  return longest;
}
