/**
 * Scoring text with an objective: the loss of whole windows, averaged over draws of the noise.
 *
 * @module
 */
import { fixedNetwork } from "../model/network.ts";
import type { TransformerConfig } from "../model/transformer.ts";
import { transformerParameters } from "../model/transformer.ts";
import { input, program, splitKey } from "../tensor/index.ts";
import type { Key, Program, Value } from "../tensor/index.ts";
import type { Objective } from "./objective.ts";

export interface ScoreOptions {
  readonly config: TransformerConfig;
  readonly objective: Objective;
  /** Rows of the program: windows times draws that are scored together. */
  readonly batch: number;
  readonly length: number;
  /** The name under which a weight is found in the store (for averaged weights). */
  readonly nameOf?: (parameter: string) => string;
}

/** A program with one output, `losses` [batch]: nats for each row's window. */
export function scoreProgram(options: ScoreOptions): Program {
  const { config, objective, batch, length, nameOf = (name) => name } = options;
  const weights = Object.fromEntries(
    Object.entries(transformerParameters(config)).map(([name, { shape }]) => [
      name,
      input(nameOf(name), shape),
    ]),
  );
  const inputs = Object.fromEntries(
    Object.entries(objective.inputs(batch, length)).map(([name, spec]) => [
      name,
      input(name, spec.shape, spec.dtype),
    ]),
  );
  const losses = objective.losses(inputs, fixedNetwork(config, weights, length));
  return program({ name: "score", outputs: { losses } });
}

/** What a text costs a model. */
export interface Score {
  /** Mean nats per token. */
  readonly nats: number;
  /** Standard error of that mean, over windows; 0 where there is only one. */
  readonly standardError: number;
  readonly windows: number;
  readonly tokens: number;
  /** True for a likelihood, false for an upper bound of its negative logarithm. */
  readonly exact: boolean;
}

export interface ScoreRun {
  /** Runs {@link scoreProgram}. */
  readonly run: (inputs: Record<string, Value>) => Promise<Record<string, Value>>;
  readonly windows: AsyncIterable<Int32Array>;
  /** Draws of the noise for each window; an exact objective needs one. */
  readonly samples: number;
  readonly key: Key;
  readonly signal?: AbortSignal | undefined;
  /** Called after each batch with the number of windows scored so far. */
  readonly progress?: ((windows: number) => void) | undefined;
}

/**
 * Scores windows. Each batch holds `samples` draws of `batch / samples` windows, laid out so that a
 * low-discrepancy row of noise levels gives every window levels from the whole range.
 */
export async function score(
  { objective, batch, length }: ScoreOptions,
  { run, windows, samples, key, signal, progress }: ScoreRun,
): Promise<Score> {
  const draws = objective.exact ? 1 : samples;
  const together = Math.max(1, Math.floor(batch / draws));
  const rounds = Math.ceil((together * draws) / batch);
  const means: number[] = [];
  let step = 0;
  let pending: Int32Array[] = [];

  const flush = async (): Promise<void> => {
    if (pending.length === 0) return;
    const sums = new Float64Array(pending.length);
    for (let round = 0; round < rounds; round++) {
      signal?.throwIfAborted();
      const x0 = new Int32Array(batch * length);
      // Row r holds draw floor(r / together) of window r mod together; the last windows fill up.
      const windowOf = (row: number) => (row % together) % pending.length;
      for (let row = 0; row < batch; row++) x0.set(pending[windowOf(row)]!, row * length);
      const inputs = objective.draw({ x0, batch, length }, splitKey(key, step++));
      const { losses } = await run(inputs);
      const counted = rounds === 1 ? together * draws : Math.min(batch, draws - round * batch);
      for (let row = 0; row < counted; row++)
        if (row % together < pending.length) sums[windowOf(row)]! += losses!.data[row]!;
    }
    sums.forEach((sum) => means.push(sum / draws / length));
    pending = [];
    progress?.(means.length);
  };
  for await (const window of windows) {
    pending.push(window);
    if (pending.length === together) await flush();
  }
  await flush();

  const nats = means.reduce((a, b) => a + b, 0) / means.length;
  const squares = means.reduce((sum, mean) => sum + (mean - nats) ** 2, 0);
  const standardError =
    means.length > 1 ? Math.sqrt(squares / (means.length - 1) / means.length) : 0;
  const tokens = means.length * length;
  return { nats, standardError, windows: means.length, tokens, exact: objective.exact };
}
