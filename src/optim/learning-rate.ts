/**
 * Learning-rate schedules: functions of the step, computed on the host.
 *
 * @module
 */
import { lookUp } from "../errors.ts";

export interface LearningRateOptions {
  /** The highest rate. */
  readonly peak: number;
  /** The last rate of a decaying schedule. */
  readonly floor: number;
  /** Steps of linear warm-up. */
  readonly warmup: number;
  /** Steps in all. */
  readonly steps: number;
}

type Shape = (options: LearningRateOptions, progress: number) => number;

/** What follows the warm-up, by name; `progress` runs from 0 to 1. */
export const learningRateSchedules: Readonly<Record<string, Shape>> = {
  constant: ({ peak }) => peak,
  cosine: ({ peak, floor }, progress) =>
    floor + (0.5 + 0.5 * Math.cos(Math.PI * progress)) * (peak - floor),
};

/**
 * The rate of a step (counted from 0): `peak (step + 1) / (warmup + 1)` while warming up, then the
 * named schedule.
 */
export function learningRate(name: string, options: LearningRateOptions, step: number): number {
  const { peak, warmup, steps } = options;
  const shape = lookUp("learning-rate schedule", name, learningRateSchedules);
  if (step < warmup) return (peak * (step + 1)) / (warmup + 1);
  return shape(options, Math.min(1, (step - warmup) / Math.max(1, steps - warmup)));
}
