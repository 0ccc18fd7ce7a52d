/**
 * How a run is trained where nothing else is asked for.
 *
 * @module
 */
import type { RunSettings } from "./run-folder.ts";

/** The usual values of what may be asked for. */
export const usual = {
  length: 256,
  steps: 1000,
  batch: 16,
  accumulate: 1,
  seed: 0,
  dropout: 0,
  beta2: 0.99,
  weightDecay: 0.1,
  clip: 1,
  ema: 0.999,
} as const;

/** What may be asked for; the rest follows. */
export interface Recipe {
  /** Learning rate at its peak. */
  readonly peak: number;
  /** At the end. Default: a tenth of the peak. */
  readonly floor?: number | undefined;
  /** Steps until the peak. Default: a twentieth of the run, 1000 at most. */
  readonly warmup?: number | undefined;
  readonly batch: number;
  readonly accumulate: number;
  readonly seed: number;
  readonly dropout: number;
  readonly beta2: number;
  readonly weightDecay: number;
  /** Largest norm of the gradient; 0 does not clip. */
  readonly clip: number;
  readonly ema: number;
  /** Steps between validations. Default: ten in the run. */
  readonly evalEvery?: number | undefined;
  /** Steps between checkpoints. Default: with every validation. */
  readonly saveEvery?: number | undefined;
}

/** The settings of a run of so many steps. */
export function settingsFrom(
  recipe: Recipe,
  steps: number,
): Omit<RunSettings, "data" | "valid" | "init" | "corpus" | "steps" | "command"> {
  const { peak, batch, accumulate, seed, ema, dropout, clip, beta2, weightDecay } = recipe;
  const evalEvery = recipe.evalEvery ?? Math.max(1, Math.ceil(steps / 10));
  return {
    batch,
    accumulate,
    seed,
    ema,
    dropout,
    clip: clip > 0 ? clip : undefined,
    learningRate: {
      schedule: "cosine",
      peak,
      floor: recipe.floor ?? peak / 10,
      warmup: recipe.warmup ?? Math.min(1000, Math.ceil(steps / 20)),
    },
    optimizer: { beta1: 0.9, beta2, epsilon: 1e-8, weightDecay },
    evalEvery,
    saveEvery: recipe.saveEvery ?? evalEvery,
    evalWindows: 100,
  };
}
