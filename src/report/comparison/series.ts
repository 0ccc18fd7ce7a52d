/**
 * How models are told apart in pictures: each has a colour of the page's style, a shape and a dash of its own.
 *
 * @module
 */
import { trusted } from "../html.ts";
import type { Html } from "../html.ts";

/** How one model is drawn, everywhere. */
export interface Series {
  readonly colour: string;
  /** An SVG path of the size of about 8 by 8 around 0, 0. */
  readonly shape: string;
  readonly dash: readonly number[];
}

const shapes = [
  "M0-4A4 4 0 1 1 0 4A4 4 0 1 1 0-4Z",
  "M-3.6-3.6H3.6V3.6H-3.6Z",
  "M0-4.6L4.4 3.4H-4.4Z",
  "M0-5L4.4 0L0 5L-4.4 0Z",
  "M0 4.6L4.4-3.4H-4.4Z",
  "M-1.6-4.4H1.6V-1.6H4.4V1.6H1.6V4.4H-1.6V1.6H-4.4V-1.6H-1.6Z",
] as const;
const dashes = [[], [6, 3], [2, 2], [8, 3, 2, 3]] as const;
/** Colours that the page's style names. */
export const colourCount = 6;

/** The look of model number `index`. */
export const seriesOf = (index: number): Series => ({
  colour: `var(--series-${index % colourCount})`,
  shape: shapes[index % shapes.length]!,
  dash: dashes[index % dashes.length]!,
});

/** A model's colour, shape and dash. */
export function swatch(index: number): Html {
  const { colour, shape, dash } = seriesOf(index);
  return trusted(
    `<svg width="26" height="12" viewBox="-13 -6 26 12" aria-hidden="true"><path d="M-13 0H13" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash.join(" ")}"/><path d="${shape}" fill="${colour}"/></svg>`,
  );
}
