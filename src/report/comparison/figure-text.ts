/**
 * Figures as people read them, with their errors.
 *
 * @module
 */
import type { Difference } from "../../evaluate/difference.ts";
import type { FigureDocs, Measurement } from "../../evaluate/tasks/task.ts";
import { formatNumber } from "../number-format.ts";

/** `41.2 %`, `1.852`, `≤ 3.066`. */
export const valueText = (docs: FigureDocs, { value, atMost }: Measurement): string =>
  (atMost ? "≤ " : "") + amount(docs, value);

/** `± 2.1`, in the unit of the value. */
export const errorText = (docs: FigureDocs, error: number): string =>
  `± ${errorAmount(docs, error)}`;

/** Both. */
export const figureText = (docs: FigureDocs, figure: Measurement): string =>
  `${valueText(docs, figure)} ${errorText(docs, figure.error)}`;

/** A difference with its error: `difference 19.2 ± 3.1 points`; of logarithms: `6.53 ± 0.36 times as much`. */
export const differenceText = (docs: FigureDocs, difference: Difference): string =>
  docs.exponential
    ? `${gapText(docs, difference)} as much`
    : `difference ${gapText(docs, difference)}`;

/** How far two figures are apart: `19.2 ± 3.1 points`, `6.53 ± 0.36 times`. */
export function gapText(docs: FigureDocs, { value, error }: Difference): string {
  if (docs.exponential) {
    const ratio = Math.exp(value);
    return `${formatNumber(ratio)} ${errorText(docs, ratio * error)} times`;
  }
  const size = Math.abs(value);
  if (docs.share) return `${(100 * size).toFixed(1)} ${errorText(docs, error)} points`;
  return `${formatNumber(size)} ${errorText(docs, error)}`;
}

const amount = ({ share }: FigureDocs, value: number): string =>
  share ? `${(100 * value).toFixed(1)} %` : formatNumber(value);

/** Two digits are all that an error has. */
function errorAmount({ share }: FigureDocs, error: number): string {
  if (share) return (100 * error).toFixed(1);
  if (error === 0 || !Number.isFinite(error)) return String(error);
  const digits = Math.max(0, 1 - Math.floor(Math.log10(error)));
  return error < 1e-4 ? error.toExponential(1) : error.toFixed(digits);
}
