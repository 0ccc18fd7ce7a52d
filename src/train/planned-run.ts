/**
 * A run that can be started, wherever its records go: to a folder (`run.ts`), or to a page.
 *
 * @module
 */
import type { ModelConfig } from "../checkpoint/model-config.ts";
import type { ModelContents } from "../checkpoint/model-contents.ts";
import { systemOfModel } from "../checkpoint/model-system.ts";
import { UnmaskError } from "../errors.ts";
import { checkTransformer, transformerParameters } from "../model/transformer.ts";
import type { TransformerConfig } from "../model/transformer.ts";
import { initialize } from "../nn/parameter.ts";
import type { ParameterSpecs } from "../nn/parameter.ts";
import { tokenLesson } from "../objective/lesson.ts";
import type { Lesson } from "../objective/lesson.ts";
import type { Interval } from "../objective/masking.ts";
import type { Objective } from "../objective/objective.ts";
import type { Score } from "../objective/score.ts";
import type { SystemKind } from "../system/system.ts";
import type { Runtime, Value } from "../tensor/index.ts";
import { embeddingsOf, nearContexts } from "./embeddings.ts";
import { loopOptions, optimization, stepsIn } from "./loop-options.ts";
import type { Loop } from "./loop-options.ts";
import { modelCard } from "./model-card.ts";
import type { Metric, RunSettings } from "./run-folder.ts";
import { averageName, initialState } from "./step.ts";
import type { StepOptions } from "./step.ts";
import { runKey, train } from "./trainer.ts";
import type { TrainedState, TrainEvent } from "./trainer.ts";
import { warmStart } from "./warm-start.ts";
import type { WarmStart } from "./warm-start.ts";
import type { Corpus } from "./windows.ts";

type Weights = Readonly<Record<string, Value>>;

export interface PlannedRun extends Omit<ModelContents, "weights" | "chatTemplate"> {
  readonly settings: RunSettings;
  /** Steps behind it. */
  readonly done: number;
  readonly corpus: Corpus;
  /** What a person should know before it starts. */
  readonly notes: readonly string[];
  readonly state: Weights;
  /** Mask rates that a search settled on, for systems that search. */
  readonly interval?: Interval | undefined;
}

/** Settings before the corpus is counted. */
export type Settings = Omit<RunSettings, "corpus" | "steps" | "init">;

/** The configuration of a new model, checked. */
export function newConfig(
  { name: system, options }: SystemKind,
  { length, transformer }: { readonly length: number; readonly transformer: TransformerConfig },
): ModelConfig {
  const { attention } = checkTransformer(transformer);
  if (attention.kind === "block" && attention.size > length)
    throw new UnmaskError(
      "usage",
      `train: the length must be at least a block of the system ${system}, ${attention.size}, got ${length}; use a longer window, or ${system}:block=${length}`,
    );
  return { system, options, length, transformer };
}

export interface PlanRun extends Pick<PlannedRun, "config" | "tokenizer" | "corpus"> {
  readonly kind: SystemKind;
  /** How long: steps, or minutes that are turned into steps by timing a few. */
  readonly steps: number | { readonly minutes: number };
  /** Everything else, which may depend on the number of steps. */
  readonly settings: (steps: number) => Settings;
  /** Another model's weights to begin with, and where it lies. */
  readonly start?: { readonly weights: Weights; readonly from: string } | undefined;
}

/** Plans a new run. */
export async function planRun(options: PlanRun, runtime: Runtime): Promise<PlannedRun> {
  const { kind, config, tokenizer, corpus, steps, start } = options;
  const counted = { train: corpus.train.tokens, valid: corpus.valid.tokens };
  const embeddings = kind.embeds ? await embed(corpus, tokenizer.size, start?.weights) : undefined;
  const { seed } = options.settings(1);
  const { weights, note } = startWeights(
    transformerParameters(config.transformer),
    seed,
    start?.weights,
  );
  const init = start?.from;
  const notes = [...corpus.notes, ...(note === undefined ? [] : [`--init ${init}: ${note}`])];

  const withSteps = (count: number): PlannedRun => {
    const settings = { ...options.settings(count), init, steps: count, corpus: counted };
    const state = initialState(weights, settings);
    return { config, tokenizer, embeddings, settings, done: 0, corpus, notes, state };
  };
  const run = withSteps(
    typeof steps === "number" ? steps : await stepsIn(steps, loopOf(withSteps(1000), runtime)),
  );
  // A system may refuse a vocabulary: its matrices would be too large.
  stepOptions(run);
  return run;
}

/** Where tokens lie: as another model has learnt, or as they stand in the text. */
const embed = async (
  { train: source }: Corpus,
  size: number,
  weights: Weights | undefined,
): Promise<Float64Array[]> =>
  weights ? embeddingsOf(weights["embed.weight"]!) : nearContexts(source, size);

/** The weights of a run's first step: another model's as far as they fit, the others by the seed. */
export const startWeights = (specs: ParameterSpecs, seed: number, found?: Weights): WarmStart => {
  const key = runKey(seed, "weights");
  return found ? warmStart(specs, found, key) : { weights: initialize(specs, key) };
};

/** Where a run is written down. */
export interface Records {
  /** What it needs to go on, and the model as it is then. */
  save(
    saved: TrainedState,
    model: { readonly weights: Weights; readonly card: string },
  ): Promise<void>;
  /** One line of its metrics. */
  log(metric: Metric): Promise<void>;
}

/** Trains a run to its end. */
export async function* carryOut(
  run: PlannedRun,
  {
    runtime,
    signal,
    records,
  }: {
    readonly runtime: Runtime;
    readonly signal?: AbortSignal | undefined;
    readonly records: Records;
  },
): AsyncGenerator<TrainEvent, void, undefined> {
  const { settings, config } = run;
  // How often a step is worth a line: some two thousand in a run.
  const logEvery = Math.ceil(settings.steps / 2000);
  let score: Score | undefined;
  const save = async (saved: TrainedState): Promise<void> => {
    const { state, done } = saved;
    const nameOf = settings.ema > 0 ? averageName : (name: string) => name;
    const names = Object.keys(transformerParameters(config.transformer));
    const weights = Object.fromEntries(names.map((name) => [name, state[nameOf(name)]!]));
    await records.save(saved, { weights, card: modelCard({ ...run, done, score }) });
  };
  if (run.done === 0) await save({ state: run.state, done: 0 });

  for await (const event of train({ ...loopOf(run, runtime), signal, save })) {
    if (event.kind === "step" && event.step % logEvery === 0) {
      const { kind: _, ...metric } = event;
      await records.log(metric);
    } else if (event.kind === "validation") {
      score = event.score;
      const { nats, standardError, exact } = score;
      await records.log({ step: event.step, valid: nats, standardError, exact });
    } else if (event.kind === "noise") {
      const { interval, deviation } = event.found;
      await records.log({ step: event.step, ...interval, deviation });
    }
    yield event;
  }
}

const loopOf = (run: PlannedRun, runtime: Runtime): Loop =>
  loopOptions({ ...run, runtime, step: stepOptions(run) });

function stepOptions({ config, settings, ...run }: PlannedRun): StepOptions {
  const { length, transformer } = config;
  const { objective, bound, search } = systemOfModel({ config, ...run });
  const about = (loss: Objective): Lesson => tokenLesson(transformer, loss);
  return {
    ...optimization(settings),
    length,
    lesson: about(objective),
    bound: about(bound),
    search: search && { ...search, objective: (interval) => about(search.objective(interval)) },
  };
}
