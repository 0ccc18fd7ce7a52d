/**
 * What somebody wants written, and what is told while it is: plain data, so that it crosses to a worker
 * or over a network as it is.
 *
 * @module
 */
import type { Span } from "../sample/canvas.ts";
import type { Message } from "../text/index.ts";

/** How the canvas begins: what is given, and what is open. */
export type Start =
  /** A text or tokens, followed by `length` open places. */
  | {
      readonly kind: "continue";
      readonly prompt: string | readonly number[];
      readonly length: number;
    }
  /** A conversation, followed by an answer of at most `length` tokens. */
  | { readonly kind: "answer"; readonly messages: readonly Message[]; readonly length: number }
  /** `length` open places between two texts. */
  | {
      readonly kind: "between";
      readonly before: string;
      readonly after: string;
      readonly length: number;
    }
  /** A text with holes, `[[12]]` or `[[?]]`; those of unknown length get at most `longest` tokens. */
  | { readonly kind: "fill"; readonly text: string; readonly longest: number }
  /** A finished text of which parts are opened again. */
  | { readonly kind: "edit"; readonly text: string; readonly opened: Opened }
  /** A finished text of which nothing is opened, and anything may be rewritten. */
  | { readonly kind: "revise"; readonly text: string };

/**
 * What of a text is opened again: spans of characters, a share of its tokens chosen at random, or the share that the
 * model itself doubts the most.
 */
export type Opened = readonly Span[] | number | { readonly doubts: number };

/** How open places are filled; what is left out is the model's own. */
export interface Sampling {
  /** Forward passes at most. */
  readonly steps?: number | undefined;
  /** A spec of the rules table: `confidence`, `threshold:at=0.9`. */
  readonly rule?: string | undefined;
  /** Finish so many tokens before the next block is opened. */
  readonly block?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
  readonly minP?: number | undefined;
  readonly repetitionPenalty?: number | undefined;
  readonly noRepeat?: number | undefined;
  /** Above 0, the given text counts for more. */
  readonly guidance?: number | undefined;
}

/** One text to write. */
export interface Task {
  readonly start: Start;
  readonly sampling: Sampling;
  /** The same seed gives the same text, whoever else is served. */
  readonly seed: number;
  /** The text ends before the first of these. */
  readonly stop: readonly string[];
  /** How many of the likeliest tokens to tell beside each written one; undefined tells none. */
  readonly alternatives: number | undefined;
  /** Whether every step is told as a frame. */
  readonly frames: boolean;
  /** Whether a continued text is told with its beginning; with `alternatives`, with its probabilities too. */
  readonly echo: boolean;
  /** Forward passes after which the text ends as it is. Default: no limit. */
  readonly passes?: number | undefined;
}

/** A token and how sure the model was of it when it was written. */
export interface WrittenToken {
  /** What it adds to the text: nothing where it is the beginning of a character that the next ones complete. */
  readonly text: string;
  /** ln p of the model, before temperature; null for the first token of all, which nothing predicts. */
  readonly logProb: number | null;
  /** The likeliest ones at its place, from the likeliest down. */
  readonly alternatives: readonly { readonly text: string; readonly logProb: number }[];
}

/** A token of the canvas as a frame tells it, several where only together they make a character. */
export interface Piece {
  /** Its text; for an open place the draft that stands there, or nothing. */
  readonly text: string;
  /** How many places it covers: a run of open ones without drafts is one piece. */
  readonly places: number;
  readonly open: boolean;
  /** Whether it was decided in this step. */
  readonly changed: boolean;
  /** The model's probability when it was decided; 1 for given text, 0 for open places. */
  readonly confidence: number;
}

/** The canvas after a step, from where the written text begins. */
export interface TextFrame {
  readonly step: number;
  readonly passes: number;
  readonly open: number;
  /** The whole text so far, each open place without a draft a `░`. */
  readonly text: string;
  readonly pieces: readonly Piece[];
}

/**
 * Why a text ended: its end was written, or a stop string; the room was used up, as that of holes and edits
 * always is; the passes were.
 */
export type Ending = "stop" | "length" | "passes";

/** What was written in the end. */
export interface Written {
  /** The written text; for holes and edits the whole text. */
  readonly text: string;
  readonly promptTokens: number;
  readonly tokens: number;
  readonly passes: number;
  readonly steps: number;
  readonly ending: Ending;
  /** With `alternatives`: the written tokens, in the order of the text; with `echo` all. */
  readonly written?: readonly WrittenToken[] | undefined;
}

/** What is told of a task, in this order; `done` is the last. */
export type TaskEvent =
  /** It has been taken up. */
  | { readonly kind: "begun"; readonly promptTokens: number }
  /** More of the text, which can't change any more. All of them joined are the text of `done`. */
  | {
      readonly kind: "text";
      readonly text: string;
      readonly written?: readonly WrittenToken[] | undefined;
    }
  | { readonly kind: "frame"; readonly frame: TextFrame }
  | { readonly kind: "done"; readonly result: Written };
