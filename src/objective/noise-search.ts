/**
 * Fitting the training noise to a model: of several intervals of mask rates, the one under which the
 * loss of a text varies least from draw to draw (BD3-LM, Arriola et al. 2025, section 5.3). Less noise
 * in the loss is less noise in the gradient; the interval that is best changes as the model learns.
 *
 * @module
 */
import { splitKey } from "../tensor/index.ts";
import type { Key, Value } from "../tensor/index.ts";
import type { CleanTokens } from "../text/index.ts";
import type { Interval } from "./masking.ts";
import type { Objective } from "./objective.ts";

/** The candidates. All of them have the graph of the bound, and differ in what they draw. */
export interface NoiseSearch<Drawn extends Pick<Objective, "draw"> = Objective> {
  readonly candidates: readonly Interval[];
  objective(interval: Interval): Drawn;
}

/** What was found. */
export interface FoundNoise {
  readonly interval: Interval;
  /** Standard deviation of a text's loss over draws, nats per token. */
  readonly deviation: number;
}

export interface FindNoiseOptions {
  /** Runs a program of {@link scoreProgram} for the bound. */
  readonly run: (inputs: Record<string, Value>) => Promise<Record<string, Value>>;
  /** Windows to measure on: half of a batch, each of which is drawn twice. */
  readonly windows: readonly CleanTokens[];
  readonly batch: number;
  readonly length: number;
  /** Batches for each candidate. */
  readonly repeats: number;
  /** All candidates draw from the same key, so that they differ in nothing else. */
  readonly key: Key;
}

/** Measures every candidate; of two draws a and b of one text, (a - b)^2 / 2 estimates the variance. */
export async function findNoise(
  { candidates, objective }: NoiseSearch<Pick<Objective, "draw">>,
  { run, windows, batch, length, repeats, key }: FindNoiseOptions,
): Promise<FoundNoise> {
  const pairs = Math.max(1, Math.floor(batch / 2));
  const x0 = new Int32Array(batch * length);
  const given = windows.some((window) => window.given) ? new Uint8Array(batch * length) : undefined;
  for (let row = 0; row < batch; row++) {
    const window = windows[(row % pairs) % windows.length]!;
    x0.set(window.x0, row * length);
    if (window.given) given?.set(window.given, row * length);
  }
  let best: FoundNoise | undefined;
  for (const interval of candidates) {
    const noisy = objective(interval);
    let squares = 0;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const inputs = noisy.draw({ x0, given, batch, length }, splitKey(key, repeat));
      const { losses } = await run(inputs);
      for (let row = 0; row < pairs; row++)
        squares += ((losses!.data[row]! - losses!.data[row + pairs]!) / length) ** 2 / 2;
    }
    const deviation = Math.sqrt(squares / (repeats * pairs));
    if (!best || deviation < best.deviation) best = { interval, deviation };
  }
  return best!;
}
