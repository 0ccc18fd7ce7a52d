/**
 * What else the model thought likely at a place.
 *
 * @module
 */
import { cellsOf, describe, percent, shown } from "../board/cells.ts";
import type { Cell } from "../board/cells.ts";
import type { Recording } from "../recording.ts";
import type { Likeliest } from "../engine/engine.ts";

/** Describes cells, those that were decided with the likeliest tokens at their place. */
export function tellWithLikeliest(
  recording: Recording | undefined,
): (cell: Cell, steps: number) => string {
  const byPlace = recording === undefined ? new Map<number, Likeliest>() : likeliestOf(recording);
  return (cell, steps) => {
    const likeliest = byPlace.get(cell.place);
    const isLast = cell.kind === "decided" && likeliest !== undefined && cell.text in likeliest;
    if (!isLast) return describe(cell, steps);
    const others = Object.entries(likeliest)
      .toSorted(([, a], [, b]) => b - a)
      .map(([text, logProb]) => `“${shown(text)}” ${percent(Math.exp(logProb))}`);
    return `${describe(cell, steps)} · likeliest: ${others.join(", ")}`;
  };
}

/** The server tells all tokens in the order of the text, given ones without any others. */
function likeliestOf({ views, likeliest }: Recording): Map<number, Likeliest> {
  const byPlace = new Map<number, Likeliest>();
  let next = 0;
  for (const { place, places } of cellsOf(views.at(-1)?.stretches ?? [])) {
    const here = likeliest[next];
    // A character of several tokens has no law of its own.
    if (places === 1 && here !== undefined) byPlace.set(place, here);
    next += places;
  }
  return byPlace;
}
