/**
 * Films: texts while they settle, as a row of pictures.
 *
 * @module
 */
import type { Stretch, TextView } from "../../src/report/text-view.ts";
import { units, viewAt } from "../player/units.ts";
import type { Recording } from "../recording.ts";

/** One text of a film. */
export interface Column {
  readonly title: string;
  /** What the room of each place is measured by. */
  readonly ahead: readonly Stretch[];
  /** Steps of the whole text. */
  readonly steps: number;
}

export interface Picture {
  /** A text for each column, and a line below it. */
  readonly views: readonly Pick<TextView, "stretches" | "step">[];
  readonly captions: readonly string[];
}

export interface Film {
  readonly columns: readonly Column[];
  readonly pictures: readonly Picture[];
}

/** Pictures of a film at most: files shall stay small. */
const mostPictures = 160;
/** Seconds that a film should last, and milliseconds for which a picture is seen. */
const pleasant = 8;
const shortest = 40;
const longest = 250;
/** Milliseconds for which the last picture stays. */
export const rest = 2000;

/** Milliseconds for which each picture is seen. */
export const pauseOf = ({ pictures }: Film): number =>
  Math.min(longest, Math.max(shortest, Math.round((1000 * pleasant) / pictures.length)));

/** Of many things at most so many, evenly, with the first and the last. */
export function thinned<T>(all: readonly T[], most = mostPictures): T[] {
  if (all.length <= most) return [...all];
  return Array.from(
    { length: most },
    (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))]!,
  );
}

/** Recordings beside each other, each as far as it was after as many forward passes. */
export function filmOf(recordings: readonly Recording[]): Film {
  const shown = recordings.filter(({ views }) => views.length > 0);
  const unit = units.passes;
  const marks = new Set(shown.flatMap(({ views }) => views.map((view) => unit.of(view))));
  return {
    columns: shown.map(({ title, views, steps }) => ({
      title,
      ahead: views.at(-1)!.stretches,
      steps,
    })),
    pictures: thinned([...marks].toSorted((a, b) => a - b)).map((position) => {
      const views = shown.map((recording) => viewAt(recording.views, unit, position)!);
      return { views, captions: views.map(captionOf) };
    }),
  };
}

function captionOf({ passes = 0, written, open }: TextView): string {
  const tokens = open > 0 ? `${written} of ${written + open} tokens` : `${written} tokens`;
  return `${passes} ${passes === 1 ? "pass" : "passes"} · ${tokens}`;
}
