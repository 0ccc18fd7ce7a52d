/**
 * A text with holes as a canvas, before any model has seen it.
 *
 * @module
 */
import { UnmaskError } from "../../src/errors.ts";
import { emptyTextView } from "../../src/report/text-view.ts";
import type { Stretch, TextView } from "../../src/report/text-view.ts";
import { parseHoles } from "../../src/sample/canvas.ts";
import type { Segment } from "../../src/sample/canvas.ts";

export interface Preview {
  readonly view: TextView;
  readonly hasHoles: boolean;
  /** Open places; a hole whose size the model is to choose counts as one. */
  readonly open: number;
}

/** The holes as open places; text without any, or with a hole that is not finished, as it is. */
export function previewOf(text: string): Preview {
  const segments = segmentsOf(text);
  const hasHoles = segments.some(({ kind }) => kind === "hole");
  const stretches = segments.flatMap(stretchesOf);
  const open = stretches.reduce((sum, one) => sum + (one.decidedAt < 0 ? one.places : 0), 0);
  return { view: { ...emptyTextView(""), open, stretches }, hasHoles, open };
}

function segmentsOf(text: string): readonly Segment[] {
  try {
    return parseHoles(text);
  } catch (error) {
    if (!UnmaskError.is(error)) throw error;
    return [{ kind: "text", text }];
  }
}

function stretchesOf(segment: Segment): Stretch[] {
  if (segment.kind === "hole")
    return segment.length === undefined
      ? [{ text: "[[?]]", places: 1, decidedAt: -1, confidence: 0 }]
      : [{ text: "", places: Math.min(segment.length, mostShown), decidedAt: -1, confidence: 0 }];
  // Words are what may be chosen as long as it is not known where tokens end.
  return (segment.text.match(/\s*\S+|\s+$/gu) ?? []).map((word) => ({
    text: word,
    places: Array.from(word).length,
    decidedAt: 0,
    confidence: 1,
  }));
}

/** Places of one hole that are drawn: a number that is just being typed may be any. */
const mostShown = 2048;
