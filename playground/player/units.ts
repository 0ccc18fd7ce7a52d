/**
 * In what recordings are laid beside each other: at the same moment, or after as many forward passes.
 *
 * @module
 */
import type { TextView } from "../../src/report/text-view.ts";

export interface Unit {
  readonly name: string;
  readonly doc: string;
  /** Where a frame lies. */
  of(view: TextView): number;
  tell(position: number): string;
  /** Positions a second. */
  readonly speeds: readonly { readonly value: number; readonly name: string }[];
}

const factor = (value: number): string => (value >= 1 ? `${value}×` : `1/${Math.round(1 / value)}`);

/** Both units by name. */
export const units = {
  seconds: {
    name: "Same time",
    doc: "each text as far as it was after so many seconds",
    of: ({ seconds }) => seconds,
    tell: (position) => `${position.toFixed(2)} s`,
    speeds: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5].map((value) => ({
      value,
      name: factor(value),
    })),
  },
  passes: {
    name: "Same passes",
    doc: "each text as far as it was after so many forward passes",
    of: ({ passes }) => passes ?? 0,
    tell: (position) => `${Math.floor(position)} ${Math.floor(position) === 1 ? "pass" : "passes"}`,
    speeds: [1, 2, 5, 10, 20, 50, 100].map((value) => ({ value, name: `${value}/s` })),
  },
} as const satisfies Readonly<Record<string, Unit>>;

export type UnitName = keyof typeof units;

/** Seconds that a replay may well take. */
const pleasant = 8;

/** The slowest speed at which a replay is not too long. */
export const speedFor = ({ speeds }: Unit, length: number): number =>
  (speeds.find(({ value }) => length / value <= pleasant) ?? speeds.at(-1)!).value;

/** The last of the views that lies at a position or before it. */
export function viewAt(
  views: readonly TextView[],
  unit: Unit,
  position: number,
): TextView | undefined {
  let [low, high] = [0, views.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (unit.of(views[middle]!) <= position + 1e-9) low = middle + 1;
    else high = middle;
  }
  return views[Math.max(0, low - 1)];
}
