/**
 * A run, from its settings to its events: new, or gone on with.
 *
 * @module
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkValues } from "../checkpoint/check-values.ts";
import { decodeConfig, kindOf } from "../checkpoint/model-config.ts";
import type { ModelConfig } from "../checkpoint/model-config.ts";
import { modelFiles, readEmbeddings, readTokenizer } from "../checkpoint/model-contents.ts";
import { folderSource, writeModelBody, writeModelHead } from "../checkpoint/model-folder.ts";
import { UnmaskError } from "../errors.ts";
import { transformerParameters } from "../model/transformer.ts";
import type { TransformerConfig } from "../model/transformer.ts";
import { systemOf } from "../system/index.ts";
import type { SystemKind } from "../system/system.ts";
import type { Runtime, Value } from "../tensor/index.ts";
import { makeTokenizer, openCorpus } from "./corpus.ts";
import type { Reading } from "./corpus.ts";
import { carryOut, newConfig, planRun, startWeights } from "./planned-run.ts";
import type { PlannedRun, Settings } from "./planned-run.ts";
import { usual } from "./recipe.ts";
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
import { readStart } from "./start-model.ts";
import { initialState } from "./step.ts";
import type { TrainedState, TrainEvent } from "./trainer.ts";

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

/** A run in a folder that can be started. */
export interface Run extends PlannedRun {
  readonly folder: string;
}

/**
 * Makes the folder of a new run, with everything in it that is needed to go on. Nothing is written
 * before the whole request is known to make sense.
 */
export async function newRun(options: NewRun, runtime: Runtime): Promise<Run> {
  const { folder, steps, init, settings } = options;
  // What doesn't depend on the number of steps is the same for any.
  const { data, valid } = settings(typeof steps === "number" ? steps : 1);
  await checkRunFolder(folder);
  const start = init === undefined ? undefined : await readStart(init);
  const kind = options.kind ?? (start ? kindOf(start.config) : systemOf("mdlm"));
  const length = options.length ?? start?.config.length ?? usual.length;
  const tokenizer = start?.tokenizer ?? (await makeTokenizer(options.tokenizer, data));
  const fresh = options.transformer(tokenizer.size, kind);
  const transformer = start ? suited(start.config.transformer, kind, fresh.conditionWidth) : fresh;
  const config = newConfig(kind, { length, transformer });
  const { reading } = options;
  const corpus = await openCorpus(tokenizer, { data, valid, length, folder, reading });
  const from = start && { weights: start.weights, from: init! };
  const run = await planRun(
    { kind, config, tokenizer, corpus, steps, settings, start: from },
    runtime,
  );
  await mkdir(folder, { recursive: true });
  await writeModelHead(folder, run);
  await writeSettings(folder, run.settings);
  return { folder, ...run };
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
  const specs = transformerParameters(config.transformer);
  const { weights } = startWeights(specs, seed, start?.weights);
  return { state: initialState(weights, settings), done: 0 };
}

/** Trains a run to its end, saving into its folder. */
export function startRun(
  run: Run,
  options: { runtime: Runtime; signal?: AbortSignal | undefined },
): AsyncGenerator<TrainEvent, void, undefined> {
  const { folder } = run;
  return carryOut(run, {
    ...options,
    records: {
      async save(saved, model) {
        await writeState(folder, saved);
        await writeModelBody(folder, model);
      },
      log: (metric) => appendMetric(folder, metric),
    },
  });
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
