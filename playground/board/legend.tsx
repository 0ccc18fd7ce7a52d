/**
 * What shades, patterns and marks mean.
 *
 * @module
 */
import type { JSX } from "preact";
import { shades } from "./cells.ts";

export interface LegendProps {
  /** Words for what has no shade, for the shades from early to late, and for the marked cells. */
  readonly plain: string;
  readonly early: string;
  readonly late: string;
  readonly fresh: string;
  readonly open: string;
  readonly numbers: boolean;
  onNumbers(shown: boolean): void;
}

/** The legend, with a switch for the numbers of steps. */
export function Legend(props: LegendProps): JSX.Element {
  const { plain, early, late, fresh, open, numbers, onNumbers } = props;
  return (
    <div class="legend">
      <span>
        <span class="cell" data-kind="open" aria-hidden="true">
          <span>░</span>
        </span>{" "}
        {open}
      </span>
      <span>
        {early}{" "}
        <span class="ramp" aria-hidden="true">
          {Array.from({ length: shades }, (_, shade) => (
            <span key={shade} class="cell" data-kind="decided" data-shade={shade}>
              a
            </span>
          ))}
        </span>{" "}
        {late}
      </span>
      <span>
        <span class="cell fresh" data-kind="decided" data-shade="2" aria-hidden="true">
          a
        </span>{" "}
        {fresh}
      </span>
      <span>
        <span class="cell" data-kind="given" aria-hidden="true">
          a
        </span>{" "}
        {plain}
      </span>
      <label class="check">
        <input
          type="checkbox"
          checked={numbers}
          onChange={(event) => onNumbers(event.currentTarget.checked)}
        />
        Step numbers
      </label>
    </div>
  );
}
