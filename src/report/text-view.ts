/**
 * A canvas of which only text is known, piece by piece, while it is being written: what servers stream.
 *
 * @module
 */

import type { CanvasView, Run } from "./canvas-view.ts";

/** What a view needs of a frame of text. */
export interface PieceFrame {
  readonly step: number;
  /** Where the server tells them. */
  readonly passes: number | undefined;
  readonly open: number;
  readonly pieces: readonly {
    /** For open places a draft, or nothing; nothing also for an end of text. */
    readonly text: string;
    readonly places: number;
    readonly open: boolean;
    /** Whether this step decided it. */
    readonly changed: boolean;
    /** How probable the model found it then. */
    readonly confidence: number;
  }[];
}

/** A stretch of places that one step decided. */
export interface Stretch {
  readonly text: string;
  readonly places: number;
  /** The step; 0: it was given, -1: it is open. */
  readonly decidedAt: number;
  readonly confidence: number;
}

/** The view of a canvas of text. */
export interface TextView extends CanvasView {
  readonly stretches: readonly Stretch[];
}

/** A view before its first frame. */
export function emptyTextView(title: string): TextView {
  const counters = { step: 0, passes: 0, open: 0, written: 0, seconds: 0, done: false };
  return { title, ...counters, stretches: [], runs: () => [] };
}

/**
 * The view after one more frame. A piece may hold what several steps decided: where it is made of known
 * stretches, they keep their steps.
 *
 * @param seconds since the start of this canvas
 * @example
 * ```ts
 * const piece = { text: "Once", places: 1, open: false, changed: true, confidence: 0.9 };
 * const view = followText(emptyTextView("mdlm"), { step: 1, passes: 1, open: 0, pieces: [piece] }, 0.1);
 * ```
 */
export function followText(view: TextView, frame: PieceFrame, seconds: number): TextView {
  const { step, passes, open } = frame;
  const known = stretchesWithin(view.stretches);
  let start = 0;
  const stretches = frame.pieces.flatMap(({ open: isOpen, changed, ...piece }): Stretch[] => {
    const { text, places } = piece;
    const before = known(start, (start += places));
    if (isOpen || changed) return [{ ...piece, decidedAt: isOpen ? -1 : step }];
    const decided = before.filter(({ decidedAt }) => decidedAt >= 0);
    const same = decided.map((one) => one.text).join("") === text;
    if (same && decided.length > 0) return decided;
    // Nothing is known of it: it was given.
    return [{ ...piece, decidedAt: Math.max(0, ...decided.map((one) => one.decidedAt)) }];
  });
  const written = stretches.reduce((sum, one) => sum + (one.decidedAt > 0 ? one.places : 0), 0);
  const runs = (): Run[] => stretches.map(runOf);
  const { title } = view;
  return { title, step, passes, open, written, seconds, done: false, stretches, runs };
}

/** The view when nothing more comes. */
export const settled = (view: TextView): TextView => ({ ...view, done: true });

/** Asked for ever later ranges of places: the stretches that lie within each. */
function stretchesWithin(stretches: readonly Stretch[]) {
  let next = 0;
  let at = 0;
  return (start: number, end: number): Stretch[] => {
    const within: Stretch[] = [];
    while (next < stretches.length && at + stretches[next]!.places <= end) {
      const stretch = stretches[next++]!;
      if (at >= start) within.push(stretch);
      at += stretch.places;
    }
    return within;
  };
}

function runOf({ text, places, decidedAt }: Stretch): Run {
  if (decidedAt >= 0)
    return text === "" ? { kind: "end", decidedAt } : { kind: "text", text, decidedAt };
  return text === "" ? { kind: "open", places, width: 1 } : { kind: "draft", text };
}
