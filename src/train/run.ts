/**
 * A run, from its settings to its events: new, or gone on with.
 *
 * @module
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkValues } from "../checkpoint/check-values.ts";
import { loadConstants } from "../checkpoint/constants.ts";
import { decodeConfig, kindOf } from "../checkpoint/model-config.ts";
import type { ModelConfig } from "../checkpoint/model-config.ts";
import { modelFiles, readEmbeddings, readTokenizer } from "../checkpoint/model-contents.ts";
import type { ModelContents } from "../checkpoint/model-contents.ts";
import {
  folderSource,
  readModel,
  writeModelBody,
  writeModelHead,
} from "../checkpoint/model-folder.ts";
import { systemOfModel } from "../checkpoint/model-system.ts";
import { UnmaskError } from "../errors.ts";
import { checkTransformer, transformerParameters } from "../model/transformer.ts";
import type { TransformerConfig } from "../model/transformer.ts";
import type { Interval } from "../objective/masking.ts";
import { tokenLesson } from "../objective/lesson.ts";
import type { Lesson } from "../objective/lesson.ts";
import type { Objective } from "../objective/objective.ts";
import { initialize } from "../nn/parameter.ts";
import { systemOf } from "../system/index.ts";
import type { SystemKind } from "../system/system.ts";
import type { Runtime, Value } from "../tensor/index.ts";
import type { Tokenizer } from "../text/index.ts";
import { makeTokenizer, openCorpus } from "./corpus.ts";
import type { Corpus, Reading } from "./corpus.ts";
import { embeddingsOf, nearContexts } from "./embeddings.ts";
import { loopOptions, optimization, stepsIn } from "./loop-options.ts";
import type { Loop } from "./loop-options.ts";
import { modelCard } from "./model-card.ts";
import {
  appendMetric,
  checkRunFolder,
  readSettings,
  readState,
  rewindMetrics,
  writeSettings,
  writeState,
} from "./run-folder.ts";
import type { RunSettings } from "./run-folder.ts";
import { averageName, initialState } from "./step.ts";
import type { StepOptions } from "./step.ts";
import { runKey, train } from "./trainer.ts";
import type { TrainedState, TrainEvent, TrainOptions } from "./trainer.ts";
import { warmStart } from "./warm-start.ts";
import type { WarmStart } from "./warm-start.ts";

/** Settings of a new run; its corpus is counted here. */
export interface NewRun {
  readonly folder: string;
  /** Default: that of `init`, or MDLM. */
  readonly kind?: SystemKind | undefined;
  readonly tokenizer: string;
  /** Tokens of a window. Default: as `init`, or 256. */
  readonly length?: number | undefined;
  /** The backbone for a vocabulary and a system. */
  readonly transformer: (vocabulary: number, kind: SystemKind) => TransformerConfig;
  /** A model folder whose weights, tokenizer and backbone to start from. */
  readonly init?: string | undefined;
  /** How long: steps, or minutes that are turned into steps by timing a few. */
  readonly steps: number | { readonly minutes: number };
  /** Told while the text is read. */
  readonly reading?: Reading | undefined;
  /** Everything else, which may depend on the number of steps. */
  readonly settings: (steps: number) => Settings;
}

/** Settings before the corpus is counted. */
export type Settings = Omit<RunSettings, "corpus" | "steps" | "init">;

/** A run that can be started. */
export interface Run {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  /** A point in space for each token, where the system's process needs it. */
  readonly embeddings?: readonly Float64Array[] | undefined;
  readonly settings: RunSettings;
  /** Steps behind it. */
  readonly done: number;
  readonly corpus: Corpus;
  /** What a person should know before it starts. */
  readonly notes: readonly string[];
  readonly state: Readonly<Record<string, Value>>;
  /** Mask rates that a search settled on, for systems that search. */
  readonly interval?: Interval | undefined;
}

/**
 * Makes the folder of a new run, with everything in it that is needed to go on. Nothing is written
 * before the whole request is known to make sense.
 */
export async function newRun(options: NewRun, runtime: Runtime): Promise<Run> {
  const { folder, steps, init } = options;
  // What doesn't depend on the number of steps is the same for any.
  const asked = typeof steps === "number" ? steps : 1;
  const { data, valid, seed } = options.settings(asked);
  await checkRunFolder(folder);
  const start = init === undefined ? undefined : await readStart(init);
  const kind = options.kind ?? (start ? kindOf(start.config) : systemOf("mdlm"));
  const length = options.length ?? start?.config.length ?? 256;
  const tokenizer = start?.tokenizer ?? (await makeTokenizer(options.tokenizer, data));
  const fresh = options.transformer(tokenizer.size, kind);
  const config: ModelConfig = {
    system: kind.name,
    options: kind.options,
    length,
    transformer: checkTransformer(
      start ? suited(start.config.transformer, kind, fresh.conditionWidth) : fresh,
    ),
  };
  checkBlocks(config);
  const reading = options.reading;
  const corpus = await openCorpus(tokenizer, { data, valid, length, folder, reading });
  const counted = { train: corpus.train.tokens, valid: corpus.valid.tokens };
  const embeddings = kind.embeds ? await embed(corpus, tokenizer, start) : undefined;
  const { weights, note } = startWeights(config, seed, start);
  const notes = [...corpus.notes, ...(note === undefined ? [] : [`--init ${init}: ${note}`])];

  const withSteps = (count: number): Run => {
    const settings = { ...options.settings(count), init, steps: count, corpus: counted };
    const state = initialState(weights, settings);
    return { folder, config, tokenizer, embeddings, settings, done: 0, corpus, notes, state };
  };
  const run = withSteps(
    typeof steps === "number" ? steps : await stepsIn(steps, loopOf(withSteps(1000), runtime)),
  );
  // A system may refuse a vocabulary: its matrices would be too large.
  stepOptions(run);
  await mkdir(folder, { recursive: true });
  await writeModelHead(folder, { config, tokenizer, embeddings });
  await writeSettings(folder, run.settings);
  return run;
}

function checkBlocks({ system, length, transformer: { attention } }: ModelConfig): void {
  if (attention.kind !== "block" || attention.size <= length) return;
  throw new UnmaskError(
    "usage",
    `train: --length must be at least a block of the system ${system}, ${attention.size}, got ${length}; use a longer window, or ${system}:block=${length}`,
  );
}

/** A model to begin with, its weights at hand. */
interface Start extends Omit<ModelContents, "weights"> {
  readonly weights: Readonly<Record<string, Value>>;
}

async function readStart(folder: string): Promise<Start> {
  const model = await readModel(folder);
  const { published, transformer } = model.config;
  const refused = (got: string, remedy: string): UnmaskError =>
    new UnmaskError("usage", `train: --init needs ${got}; ${remedy}`);
  if (published)
    throw refused(
      `a model that was trained here, got "${folder}", a published one of the family ${published.family}`,
      "published models can be sampled and scored, not trained on: leave --init out",
    );
  if (transformer.quantized)
    throw refused(
      `weights of floats, got "${folder}" in ${transformer.quantized.bits} bits`,
      "name the model that it was made from",
    );
  return { ...model, weights: await loadConstants(model.weights) };
}

/** Another model's backbone, as a system needs it. */
function suited(
  transformer: TransformerConfig,
  { attention, timed, predictsNext, selfConditions }: SystemKind,
  conditionWidth: number,
): TransformerConfig {
  const width = timed ? transformer.conditionWidth || conditionWidth : 0;
  const { predictsNext: _, selfConditions: __, ...rest } = transformer;
  return {
    ...rest,
    attention,
    conditionWidth: width,
    ...(predictsNext ? { predictsNext } : {}),
    ...(selfConditions ? { selfConditions } : {}),
  };
}

/** Where tokens lie: as another model has learnt, or as they stand in the text. */
const embed = async (
  { train: source }: Corpus,
  { size }: Tokenizer,
  start?: Pick<Start, "weights">,
): Promise<Float64Array[]> =>
  start ? embeddingsOf(start.weights["embed.weight"]!) : nearContexts(source, size);

/** The weights of a run's first step: another model's as far as they fit, the others by the seed. */
const startWeights = (
  { transformer }: ModelConfig,
  seed: number,
  start?: Pick<Start, "weights">,
): WarmStart => {
  const specs = transformerParameters(transformer);
  const key = runKey(seed, "weights");
  return start ? warmStart(specs, start.weights, key) : { weights: initialize(specs, key) };
};

/** A run as its folder left it. `change` may extend it or alter how often it reports. */
export async function resumeRun(
  folder: string,
  change: (settings: RunSettings) => RunSettings = (settings) => settings,
): Promise<Run> {
  const settings = change(await readSettings(folder));
  const configPath = join(folder, modelFiles.config);
  const config = decodeConfig(await readFile(configPath, "utf8"), configPath);
  const tokenizerPath = join(folder, modelFiles.tokenizer);
  const tokenizer = readTokenizer(await readFile(tokenizerPath), tokenizerPath);
  const corpus = await openCorpus(tokenizer, { ...settings, length: config.length, folder });
  const counted = { train: corpus.train.tokens, valid: corpus.valid.tokens };
  if (counted.train !== settings.corpus.train || counted.valid !== settings.corpus.valid)
    throw new UnmaskError(
      "usage",
      `train: --resume needs the text that the run began with: ${settings.corpus.train} + ` +
        `${settings.corpus.valid} tokens, got ${counted.train} + ${counted.valid} from ${settings.data}`,
    );
  const embeddings = kindOf(config).embeds
    ? await readEmbeddings(folderSource(folder), tokenizer.size)
    : undefined;
  const saved = await readState(folder);
  if (saved) checkState(config, saved.state, folder);
  const { state, done, interval } = saved ?? (await beginning(config, settings));
  if (done > settings.steps)
    throw new UnmaskError(
      "usage",
      `train: the run has ${done} steps behind it, --steps ${settings.steps} asks for fewer`,
    );
  await rewindMetrics(folder, done);
  await writeSettings(folder, settings);
  const { notes } = corpus;
  const found = { config, tokenizer, embeddings, state, done, interval };
  return { folder, settings, corpus, notes, ...found };
}

/** The state of a run that was stopped before its first save. */
async function beginning(config: ModelConfig, settings: RunSettings): Promise<TrainedState> {
  const { init, seed } = settings;
  const start = init === undefined ? undefined : await readStart(init);
  return { state: initialState(startWeights(config, seed, start).weights, settings), done: 0 };
}

/** Trains a run to its end, saving into its folder. */
export async function* startRun(
  run: Run,
  options: { runtime: Runtime; signal?: AbortSignal | undefined },
): AsyncGenerator<TrainEvent, void, undefined> {
  const { folder, settings, config } = run;
  // How often a step is worth a line: some two thousand in a run.
  const logEvery = Math.ceil(settings.steps / 2000);
  let score: Extract<TrainEvent, { kind: "validation" }>["score"] | undefined;
  const save: TrainOptions["save"] = async (saved) => {
    const { state, done } = saved;
    await writeState(folder, saved);
    const nameOf = settings.ema > 0 ? averageName : (name: string) => name;
    const names = Object.keys(transformerParameters(config.transformer));
    const weights = Object.fromEntries(names.map((name) => [name, state[nameOf(name)]!]));
    await writeModelBody(folder, { weights, card: modelCard({ ...run, done, score }) });
  };
  if (run.done === 0) await save({ state: run.state, done: 0 });

  for await (const event of train({ ...loopOf(run, options.runtime), ...options, save })) {
    if (event.kind === "step" && event.step % logEvery === 0) {
      const { kind: _, ...metric } = event;
      await appendMetric(folder, metric);
    } else if (event.kind === "validation") {
      score = event.score;
      const { nats, standardError, exact } = score;
      await appendMetric(folder, { step: event.step, valid: nats, standardError, exact });
    } else if (event.kind === "noise") {
      const { interval, deviation } = event.found;
      await appendMetric(folder, { step: event.step, ...interval, deviation });
    }
    yield event;
  }
}

function loopOf(run: Run, runtime: Runtime): Loop {
  return loopOptions({ ...run, runtime, step: stepOptions(run) });
}

function stepOptions({ config, settings, ...run }: Run): StepOptions {
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

function checkState(
  config: ModelConfig,
  state: Readonly<Record<string, Value>>,
  folder: string,
): void {
  const names = Object.keys(transformerParameters(config.transformer));
  const weights = Object.fromEntries(
    names.flatMap((name) => (state[name] ? [[name, state[name]]] : [])),
  );
  const specs = transformerParameters(config.transformer);
  checkValues(specs, weights, join(folder, "state.safetensors"));
}
