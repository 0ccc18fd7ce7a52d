/**
 * The curves of a run, out of the lines of its metrics.
 *
 * @module
 */

/** A line of `metrics.jsonl`, of which this is read. */
export interface Metric {
  readonly step: number;
  readonly loss?: unknown;
  readonly valid?: unknown;
  readonly standardError?: unknown;
  /** Whether `valid` is a likelihood; otherwise it is an upper bound of one. */
  readonly exact?: unknown;
}

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  /** Ends of its whisker. */
  readonly low?: number;
  readonly high?: number;
}

/** What a run's lines say. */
export interface Curves {
  /** The loss of single steps, smoothed. */
  readonly training: readonly CurvePoint[];
  readonly validation: readonly CurvePoint[];
  readonly isBound: boolean;
}

/**
 * Lines that are known, and those that came when asked for all from `from` on: a run that was taken up again has
 * written later steps anew.
 */
export const extended = (
  known: readonly Metric[],
  from: number,
  fresh: readonly Metric[],
): readonly Metric[] => [...known.filter(({ step }) => step < from), ...fresh];

/** @param memory share of the mean so far that stays in the next, 0 .. 1 */
export function curvesOf(metrics: readonly Metric[], memory: number): Curves {
  const losses = metrics.flatMap(({ step, loss }) => (isNumber(loss) ? [{ step, loss }] : []));
  const means = smoothed(
    losses.map(({ loss }) => loss),
    memory,
  );
  const valid = metrics.flatMap(({ step, valid: y, standardError: error, exact }) =>
    isNumber(y) ? [{ step, y, error: isNumber(error) ? error : 0, exact }] : [],
  );
  return {
    training: losses.map(({ step }, i) => ({ x: step, y: means[i]! })),
    validation: valid.map(({ step, y, error }) => ({
      x: step,
      y,
      low: y - 2 * error,
      high: y + 2 * error,
    })),
    isBound: valid.some(({ exact }) => exact === false),
  };
}

/**
 * Exponential means without a bias towards the beginning: the first is the first value itself.
 *
 * @example
 * ```ts
 * smoothed([4, 2], 0.5); // [4, 2.667]: (0.5 * 4 + 1 * 2) / 1.5
 * ```
 */
export function smoothed(values: readonly number[], memory: number): number[] {
  let [sum, weight] = [0, 0];
  return values.map((value) => {
    sum = memory * sum + value;
    weight = memory * weight + 1;
    return sum / weight;
  });
}

const isNumber = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value);
