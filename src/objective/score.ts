/**
 * Scoring text with an objective: the loss of whole windows, averaged over draws of the noise.
 *
 * @module
 */
import { parameterInputs } from "../nn/parameter.ts";
import { input, program, randomStream, splitKey } from "../tensor/index.ts";
import type { Key, Program, Value } from "../tensor/index.ts";
import type { CleanTokens } from "../text/index.ts";
import type { Lesson } from "./lesson.ts";
import { meanAndError } from "./mean.ts";

export interface ScoreOptions {
  readonly lesson: Lesson;
  /** Rows of the program: windows times draws that are scored together. */
  readonly batch: number;
  readonly length: number;
  /** The name under which a weight is found in the store (for averaged weights). */
  readonly nameOf?: (parameter: string) => string;
}

/** A program with one output, `losses` [batch]: nats for each row's window. */
export function scoreProgram(options: ScoreOptions): Program {
  const { lesson, batch, length, nameOf } = options;
  const weights = parameterInputs(lesson.parameters, nameOf);
  const inputs = Object.fromEntries(
    Object.entries(lesson.inputs(batch, length)).map(([name, spec]) => [
      name,
      input(name, spec.shape, spec.dtype),
    ]),
  );
  const losses = lesson.losses(inputs, weights, { length });
  return program({ name: "score", outputs: { losses } });
}

/** What a text costs a model. */
export interface Score {
  /** Mean nats per token; given tokens cost nothing and don't count. */
  readonly nats: number;
  /** Standard error of that mean, over windows; 0 where there is only one. */
  readonly standardError: number;
  readonly windows: number;
  /** Tokens that were scored. */
  readonly tokens: number;
  /** True for a likelihood, false for an upper bound of its negative logarithm. */
  readonly exact: boolean;
}

/** A score, and what it is the mean of. */
export interface WindowScores extends Score {
  /** Nats per token of each window, in order: for differences between models on the same windows. */
  readonly each: readonly number[];
}

export interface ScoreRun {
  /** Runs {@link scoreProgram}. */
  readonly run: (inputs: Record<string, Value>) => Promise<Record<string, Value>>;
  readonly windows: AsyncIterable<CleanTokens>;
  /** Draws of the noise for each window; an exact one needs one. */
  readonly samples: number;
  readonly key: Key;
  readonly signal?: AbortSignal | undefined;
  /** Called after each batch with the number of windows scored so far. */
  readonly progress?: ((windows: number) => void) | undefined;
}

/** One draw of one window. */
interface Draw extends CleanTokens {
  readonly window: number;
  readonly level: number;
}

/**
 * Scores windows, each with `samples` draws of the noise whose levels are spread evenly: draw d of a
 * window gets the level `(u + d / samples) mod 1`. For a process of T steps, T samples visit every
 * step exactly once, which is the whole bound and no longer an estimate over time.
 */
export async function score(
  { lesson, batch, length }: ScoreOptions,
  { run, windows, samples, key, signal, progress }: ScoreRun,
): Promise<WindowScores> {
  const draws = lesson.exact ? 1 : samples;
  const sums: number[] = [];
  let pending: Draw[] = [];
  let step = 0;
  let tokens = 0;

  const flush = async (): Promise<void> => {
    if (pending.length === 0) return;
    signal?.throwIfAborted();
    const x0 = new Int32Array(batch * length);
    const given = pending.some((draw) => draw.given) ? new Uint8Array(batch * length) : undefined;
    const levels = new Float64Array(batch);
    for (let row = 0; row < batch; row++) {
      // What is missing in the last batch is filled up, and not counted.
      const draw = pending[row % pending.length]!;
      x0.set(draw.x0, row * length);
      if (draw.given) given?.set(draw.given, row * length);
      levels[row] = draw.level;
    }
    const noisy = { x0, given, batch, length, levels };
    const inputs = lesson.draw(noisy, splitKey(key, "noise", step++));
    const { losses } = await run(inputs);
    pending.forEach(({ window }, row) => (sums[window]! += losses!.data[row]!));
    progress?.(pending.at(-1)!.window + 1);
    pending = [];
  };
  for await (const { x0, given } of windows) {
    const window = sums.push(0) - 1;
    tokens += given ? given.reduce((open, flag) => open - flag, length) : length;
    const u = randomStream(splitKey(key, "levels", window)).uniform();
    for (let d = 0; d < draws; d++) {
      pending.push({ window, x0, given, level: (u + d / draws) % 1 });
      if (pending.length === batch) await flush();
    }
  }
  await flush();

  const each = sums.map((sum) => sum / draws / length);
  const { mean: nats, standardError } = meanAndError(each);
  return { nats, standardError, windows: each.length, tokens, exact: lesson.exact, each };
}
