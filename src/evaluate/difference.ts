/**
 * The difference of two figures, and whether it is more than chance.
 *
 * Two models that are measured on the same things are compared thing by thing: what makes a window hard for
 * both drops out, and the standard error is that of the mean difference. Otherwise the errors add up as
 * independent ones do. A difference within two standard errors is not clear.
 *
 * Costs 2, 4, 6 and 3, 5, 7: each has a standard error of 1.15, the difference is 1 and has none. Measured on
 * other things, its error is 1.63.
 *
 * A perplexity is the exponential of a mean, and its error grows with it: 117 ± 62 is within two errors of 1.7.
 * Of such figures it is the logarithms, means themselves, that are compared: 4.76 ± 0.53 beside 0.53, far apart.
 *
 * @module
 */
import { meanAndError } from "../objective/mean.ts";
import type { FigureDocs, Measurement } from "./tasks/task.ts";

export interface Difference {
  /** The first less the second. */
  readonly value: number;
  readonly error: number;
  /** Whether both were measured on the same things, and compared thing by thing. */
  readonly paired: boolean;
  /** The lesser number of samples. */
  readonly samples: number;
  /** More than two standard errors, which take two samples to know. */
  readonly clear: boolean;
}

/** How two figures are set against each other. */
export type Compare = (a: Measurement, b: Measurement) => Difference;

/** Figures that are exponentials of a mean are told apart by their ratio, others by their difference. */
export const comparing = ({ exponential }: Pick<FigureDocs, "exponential">): Compare =>
  exponential ? logRatioOf : differenceOf;

/** The logarithm of the first figure less that of the second: by what they differ in ratio. */
const logRatioOf: Compare = (a, b) => differenceOf(logarithm(a), logarithm(b));

/** What a figure is the exponential of. The error of a logarithm is the share of the figure that its own is. */
const logarithm = ({ value, error, samples, figure }: Measurement): Measurement => ({
  figure,
  value: Math.log(value),
  error: error / value,
  samples,
});

/** The first figure less the second. */
export function differenceOf(a: Measurement, b: Measurement): Difference {
  const value = a.value - b.value;
  const apart = differencesOf(a, b);
  const error = apart ? meanAndError(apart).standardError : Math.hypot(a.error, b.error);
  const paired = apart !== undefined;
  const samples = Math.min(a.samples, b.samples);
  return { value, error, paired, samples, clear: samples > 1 && Math.abs(value) > 2 * error };
}

/** The differences on each thing, where both were measured on the same ones. */
function differencesOf(a: Measurement, b: Measurement): number[] | undefined {
  const { each: others } = b;
  if (a.on === undefined || a.on !== b.on || a.each?.length !== others?.length) return undefined;
  return a.each?.map((one, i) => one - others![i]!);
}
