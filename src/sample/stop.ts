/**
 * Stop conditions: functions that look at a frame and may end the sampling early. They are passed
 * to `sample()` as a list; the first that answers wins.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import type { Frame } from "./frame.ts";

/** What a stop condition sees after a step. */
export interface StopView {
  readonly frame: Frame;
  /** The places that were open at the start, ascending: what is being written. */
  readonly places: Int32Array;
  /** True while a place has no final token. */
  readonly isOpen: (place: number) => boolean;
}

/** The order to stop. */
export interface StopVerdict {
  readonly reason: "stopped" | "steps";
  /** Cut the canvas to this length: the tail is dropped. Default: the whole canvas. */
  readonly length?: number;
}

/** Ends the sampling by giving a verdict. */
export type Stop = (view: StopView) => StopVerdict | undefined;

/**
 * Stops when an end token is decided and every place before it is: the text is complete, and what
 * would follow is dropped. The end token stays as the last one. End tokens among the given tokens
 * do not count, and nothing is dropped while given tokens follow (filling a hole).
 *
 * @param end the end token, or all of several: chat models end an answer with one of their own
 */
export function endOfText(end: number | readonly number[]): Stop {
  const ends = new Set(typeof end === "number" ? [end] : end);
  return ({ frame, places, isOpen }) => {
    for (const [index, place] of places.entries()) {
      if (isOpen(place)) return undefined;
      if (!ends.has(frame.canvas[place]!)) continue;
      const onlyWrittenFollows = frame.canvas.length - place === places.length - index;
      if (onlyWrittenFollows) return { reason: "stopped", length: place + 1 };
    }
    return undefined;
  };
}

/** Options of {@link stopStrings}. */
export interface StopStringsOptions {
  readonly strings: readonly string[];
  /** Text of a run of tokens, a tokenizer's `decode`. */
  readonly decode: (ids: Int32Array) => string;
}

/**
 * Stops when the written text, as far as it is decided from its start, contains one of the strings.
 * The canvas is cut after the token that completes the string; a token may reach beyond it, so cut
 * the text with {@link cutText}.
 *
 * @throws UnmaskError "usage" for an empty string.
 */
export function stopStrings({ strings, decode }: StopStringsOptions): Stop {
  if (strings.includes("")) {
    throw new UnmaskError("usage", `sample: a stop string must not be empty, got ""`);
  }
  const isComplete = (ids: Int32Array): boolean => {
    const text = decode(ids);
    return strings.some((string) => text.includes(string));
  };
  return ({ frame, places, isOpen }) => {
    const undecided = places.findIndex((place) => isOpen(place));
    const decided = undecided < 0 ? places : places.subarray(0, undecided);
    const ids = decided.map((place) => frame.canvas[place]!);
    if (!isComplete(ids)) return undefined;
    // The shortest beginning that holds a string ends in the token that completes it.
    let low = 1;
    let high = ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isComplete(ids.subarray(0, middle))) high = middle;
      else low = middle + 1;
    }
    return { reason: "stopped", length: decided[low - 1]! + 1 };
  };
}

/** The text before the first of the stop strings. */
export function cutText(text: string, strings: readonly string[]): string {
  const ends = strings.map((string) => text.indexOf(string)).filter((index) => index >= 0);
  return text.slice(0, Math.min(text.length, ...ends));
}

/**
 * Stops after so many forward passes, with places left open.
 *
 * @throws UnmaskError "usage" unless `limit` is an integer >= 1.
 */
export function maxPasses(limit: number): Stop {
  if (!Number.isInteger(limit) || limit < 1) {
    throw new UnmaskError("usage", `sample: maxPasses must be an integer >= 1, got ${limit}`);
  }
  return ({ frame }) => (frame.passes >= limit && frame.open > 0 ? { reason: "steps" } : undefined);
}
