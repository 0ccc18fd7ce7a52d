/**
 * A canvas as the cells that are drawn: one for each open place, one for each piece of text.
 *
 * @module
 */
import type { Stretch } from "../../src/report/text-view.ts";

/** Something that is drawn in one way. */
export interface Cell {
  /** The first place that it covers. */
  readonly place: number;
  readonly places: number;
  readonly text: string;
  /** A draft is what stands in an open place for the time being; an end is an end of text. */
  readonly kind: "open" | "draft" | "given" | "decided" | "end";
  /** The step that decided it; 0: none did. */
  readonly step: number;
  readonly confidence: number;
}

/** What stands for a place without a text. */
const signs = { open: "░", end: "∎" } as const;

/** The cells of a canvas, from left to right. */
export function cellsOf(stretches: readonly Stretch[]): Cell[] {
  const cells: Cell[] = [];
  let place = 0;
  for (const { text, places, decidedAt, confidence } of stretches) {
    if (decidedAt < 0 && text === "") {
      const one = { places: 1, text: signs.open, kind: "open", step: 0, confidence: 0 } as const;
      for (let i = 0; i < places; i++) cells.push({ ...one, place: place++ });
      continue;
    }
    const kind =
      decidedAt < 0 ? "draft" : text === "" ? "end" : decidedAt > 0 ? "decided" : "given";
    const step = Math.max(0, decidedAt);
    cells.push({
      place,
      places,
      text: kind === "end" ? signs.end : text,
      kind,
      step,
      confidence,
    });
    place += places;
  }
  return cells;
}

/** Shades of the order of decision. */
export const shades = 6;

/** Early steps have low shades, late ones high: 0 .. shades - 1. */
export function shadeOf(step: number, steps: number): number {
  const share = steps <= 1 ? 0 : (step - 1) / (steps - 1);
  return Math.min(shades - 1, Math.floor(share * shades));
}

/** White space made visible, a line break with the break behind it. */
export const shown = (text: string): string =>
  text.replaceAll("\t", "⇥").replaceAll("\r", "").replaceAll("\n", "↵\n");

/** A cell in words. */
export function describe({ kind, text, step, confidence, places }: Cell, steps: number): string {
  if (kind === "open") return "open place";
  const name = kind === "end" ? "end of text" : `“${shown(text).trim() || "space"}”`;
  if (kind === "draft") return `${name}, a draft`;
  if (kind === "given") return `${name}, given`;
  const tokens = places > 1 ? `, ${places} tokens` : "";
  return `${name}, step ${step} of ${steps}, certainty ${percent(confidence)}${tokens}`;
}

/** A probability in whole percents, but never 100 % or 0 % for what is a little less or more. */
export function percent(probability: number): string {
  if (probability > 0.995 && probability < 1) return "> 99 %";
  if (probability < 0.005 && probability > 0) return "< 1 %";
  return `${Math.round(100 * probability)} %`;
}
