/**
 * The training loop: a stream of events over a store that holds everything.
 *
 * A step depends on the seed and its number alone (its windows, its noise, its dropout), so a run
 * that goes on from a saved state is the run that never stopped, bit for bit.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import type { Interval } from "../objective/masking.ts";
import { findNoise } from "../objective/noise-search.ts";
import type { Lesson } from "../objective/lesson.ts";
import type { FoundNoise, NoiseSearch } from "../objective/noise-search.ts";
import { score, scoreProgram } from "../objective/score.ts";
import type { Score } from "../objective/score.ts";
import { learningRate } from "../optim/learning-rate.ts";
import type { LearningRateOptions } from "../optim/learning-rate.ts";
import { randomKey, splitKey } from "../tensor/index.ts";
import type { Executable, Key, Runtime, Store, Value } from "../tensor/index.ts";
import type { CleanTokens, Consecutive, Windows } from "../text/index.ts";
import { averageName, batchInputs, stepPrograms, stepScalars } from "./step.ts";
import type { StepOptions } from "./step.ts";

export interface TrainOptions {
  readonly runtime: Runtime;
  /** Weights, moments and averages after `done` steps. */
  readonly state: Readonly<Record<string, Value>>;
  /** Steps that the state has behind it. */
  readonly done: number;
  readonly step: StepOptions;
  /** Mask rates that a search settled on before, where there is one. */
  readonly interval?: Interval | undefined;
  readonly learningRate: LearningRateOptions & { readonly schedule: string };
  readonly seed: number;
  /** Windows of each batch, `batch` of them. */
  readonly data: Windows;
  readonly validation: Consecutive;
  /** Steps between validations, and between saves. */
  readonly evalEvery: number;
  readonly saveEvery: number;
  /** Stops after the step at hand, saving first. */
  readonly signal?: AbortSignal | undefined;
  /** Writes a state down; awaited. */
  readonly save: (saved: TrainedState) => Promise<void>;
}

/** What a run has to keep to go on exactly. */
export interface TrainedState {
  readonly state: Readonly<Record<string, Value>>;
  /** Steps behind it. */
  readonly done: number;
  readonly interval?: Interval | undefined;
}

export type TrainEvent =
  | {
      readonly kind: "step";
      /** Steps done, this one included. */
      readonly step: number;
      /** Nats per token of this step's batches. */
      readonly loss: number;
      /** Norm of the gradient before clipping. */
      readonly norm: number;
      readonly learningRate: number;
      /** Seconds that this step took. */
      readonly seconds: number;
    }
  | { readonly kind: "validation"; readonly step: number; readonly score: Score }
  | { readonly kind: "noise"; readonly step: number; readonly found: FoundNoise }
  | { readonly kind: "save"; readonly step: number }
  | { readonly kind: "end"; readonly step: number; readonly reason: "finished" | "interrupted" };

/** Draws of the noise for each validation window. */
export const validationDraws = 4;

/** Keys of a run's parts, all from its seed. */
export const runKey = (seed: number, part: string): Key => splitKey(randomKey(seed), part);

/**
 * Trains from `done` to the last step.
 *
 * @throws UnmaskError `diverged` when a loss or a weight is not a number; the last saved state stays.
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainEvent, void, undefined> {
  const { runtime, step, signal } = options;
  const { search } = step;
  const store = await runtime.store(options.state);
  const machine = await compile(runtime, store, step);
  const last = options.learningRate.steps;
  try {
    let saved = options.done;
    let { interval } = options;
    let prepared = prepareAhead(withNoise(options, interval), options.done + 1);
    for (let n = options.done + 1; n <= last && !signal?.aborted; n++) {
      const started = performance.now();
      const inputs = await prepared;
      const result = machine.run(inputs);
      // The next batch is drawn while the runtime computes this one.
      if (n < last) prepared = prepareAhead(withNoise(options, interval), n + 1);
      const { loss, norm } = await result;
      for (const [what, value] of Object.entries({ loss, "norm of the gradient": norm }))
        if (!Number.isFinite(value)) throw diverged(what, value, n, saved);
      const seconds = (performance.now() - started) / 1000;
      const rate = inputs.learningRate;
      yield { kind: "step", step: n, loss, norm, learningRate: rate, seconds };
      if (n % options.evalEvery === 0 || n === last) {
        yield { kind: "validation", step: n, score: await validate(options, machine.score) };
        if (search && n < last) {
          const found = await searchNoise(options, search, machine.score);
          interval = found.interval;
          prepared = prepareAhead(withNoise(options, interval), n + 1);
          yield { kind: "noise", step: n, found };
        }
      }
      if (n % options.saveEvery === 0 || n === last || signal?.aborted) {
        const state = await store.read();
        checkFinite(state, n, saved);
        await options.save({ state, done: n, interval });
        saved = n;
        yield { kind: "save", step: n };
      }
    }
    yield { kind: "end", step: saved, reason: saved < last ? "interrupted" : "finished" };
  } finally {
    await machine.dispose();
    await store.dispose();
  }
}

/** Steps that are timed at least. */
const fewSteps = 4;

/**
 * Seconds that a step takes, drawing its batch included, where that is not done while the one before is computed: the median of
 * the steps that fit into `limit` seconds, but at least a few. They change a copy of the state, which is thrown away.
 */
export async function secondsPerStep(
  options: Omit<TrainOptions, "save">,
  limit: number,
): Promise<number> {
  const store = await options.runtime.store(options.state);
  const machine = await compile(options.runtime, store, options.step);
  const times: number[] = [];
  let prepared = prepareAhead(options, 1);
  for (let n = 1, spent = 0; n <= fewSteps || spent < limit; n++) {
    const started = performance.now();
    const result = machine.run(await prepared);
    prepared = prepareAhead(options, n + 1);
    await result;
    times.push((performance.now() - started) / 1000);
    spent += times.at(-1)!;
  }
  await machine.dispose();
  await store.dispose();
  // The first run allocates what the others reuse.
  const settled = times.slice(1).toSorted((a, b) => a - b);
  return settled[Math.floor(settled.length / 2)]!;
}

/** Everything that one step needs from the host. */
interface StepInputs {
  readonly batches: readonly Readonly<Record<string, Value>>[];
  readonly scalars: Readonly<Record<string, Value>>;
  readonly learningRate: number;
}

/** Prepares a step that may never be taken: its failure only counts when it is awaited. */
function prepareAhead(options: Omit<TrainOptions, "save">, n: number): Promise<StepInputs> {
  const prepared = prepare(options, n);
  prepared.catch(() => undefined);
  return prepared;
}

async function prepare(options: Omit<TrainOptions, "save">, n: number): Promise<StepInputs> {
  const { step, seed, data, learningRate: rates } = options;
  const { batch, length, accumulate } = step;
  const key = splitKey(runKey(seed, "noise"), n);
  const batches: Record<string, Value>[] = [];
  for (let i = 0; i < accumulate; i++) {
    const windows = await data.batch((n - 1) * accumulate + i);
    batches.push(batchInputs(step, { ...windows, batch, length }, splitKey(key, i)));
  }
  const rate = learningRate(rates.schedule, rates, n - 1);
  return { batches, scalars: stepScalars(step, n, rate), learningRate: rate };
}

interface Machine {
  run(inputs: StepInputs): Promise<{ loss: number; norm: number }>;
  readonly score: Executable;
  dispose(): Promise<void>;
}

async function compile(runtime: Runtime, store: Store, step: StepOptions): Promise<Machine> {
  const programs = stepPrograms(step);
  const nameOf = step.ema > 0 ? averageName : (name: string) => name;
  const batch = await runtime.compile(programs.batch, { store });
  const apply = programs.apply && (await runtime.compile(programs.apply, { store }));
  const scorer = await runtime.compile(scoreProgram({ ...scoring(step), nameOf }), { store });
  return {
    score: scorer,
    async run({ batches, scalars }) {
      if (!apply) {
        const { loss, norm } = await batch.run({ ...batches[0]!, ...scalars });
        return { loss: loss!.data[0]!, norm: norm!.data[0]! };
      }
      let sum = 0;
      for (const inputs of batches) sum += (await batch.run(inputs))["loss"]!.data[0]!;
      const { norm } = await apply.run(scalars);
      return { loss: sum / batches.length, norm: norm!.data[0]! };
    },
    async dispose() {
      for (const executable of [batch, apply, scorer]) await executable?.dispose();
    },
  };
}

/** The options with training noise in an interval, where a search chose one. */
function withNoise<T extends Pick<TrainOptions, "step">>(options: T, interval?: Interval): T {
  const { search } = options.step;
  if (!search || !interval) return options;
  return { ...options, step: { ...options.step, lesson: search.objective(interval) } };
}

async function searchNoise(
  { step, seed, validation }: TrainOptions,
  search: NoiseSearch<Lesson>,
  scorer: Executable,
): Promise<FoundNoise> {
  const { batch, length } = step;
  const windows: CleanTokens[] = [];
  for await (const window of validation) if (windows.push(window) >= batch / 2) break;
  const key = runKey(seed, "search");
  const run = (inputs: Record<string, Value>) => scorer.run(inputs);
  return findNoise(search, { run, windows, batch, length, repeats: 2, key });
}

/** A step's options with the loss that scores. */
const scoring = (step: StepOptions): StepOptions => ({
  ...step,
  lesson: step.bound ?? step.lesson,
});

async function validate(
  { step, seed, validation }: TrainOptions,
  scorer: Executable,
): Promise<Score> {
  const { each: _, ...mean } = await score(scoring(step), {
    run: (inputs) => scorer.run(inputs),
    windows: validation,
    samples: validationDraws,
    // The same noise at every validation: differences are the model's.
    key: runKey(seed, "validation"),
  });
  return mean;
}

/** A state with an infinity in it is not worth keeping, though the last loss was a number. */
function checkFinite(state: Readonly<Record<string, Value>>, step: number, saved: number): void {
  for (const [name, { data }] of Object.entries(state))
    for (const value of data)
      if (!Number.isFinite(value)) throw diverged(`"${name}"`, value, step, saved);
}

function diverged(what: string, value: number, step: number, saved: number): UnmaskError {
  const kept = saved > 0 ? `the state after step ${saved} is kept` : "nothing was saved yet";
  return new UnmaskError(
    "diverged",
    `train: the ${what} must be a number, got ${value} at step ${step}; ${kept}; try a smaller learning rate`,
  );
}
