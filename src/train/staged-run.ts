/**
 * A run in stages, from its settings to what can be started: new, or gone on with.
 *
 * ```
 * config.json  tokenizer.json  model.safetensors  README.md     the model
 * embedder/    run.json  state.safetensors  metrics.jsonl       the first stage
 * planner/     the same of the second
 * ```
 *
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { checkValues } from "../checkpoint/check-values.ts";
import { latentSystemAt } from "../checkpoint/latent-contents.ts";
import type { LatentConfig } from "../checkpoint/latent-contents.ts";
import { readLatentHead, writeLatentHead } from "../checkpoint/latent-folder.ts";
import type { Moments } from "../diffusion/gaussian/moments.ts";
import { UnmaskError } from "../errors.ts";
import { initialize } from "../nn/parameter.ts";
import type { Lesson } from "../objective/lesson.ts";
import type { LatentSystem, LatentSystemKind, NetworkShape } from "../system/latent-system.ts";
import type { Runtime, Value } from "../tensor/index.ts";
import type { Split, Tokenizer } from "../text/index.ts";
import { holdsDialogues } from "../text/dialogue-files.ts";
import { makeTokenizer, openTokens } from "./corpus.ts";
import type { Reading } from "./corpus.ts";
import { loopOptions, optimization, stepsIn } from "./loop-options.ts";
import type { Loop } from "./loop-options.ts";
import {
  checkRunFolder,
  readSettings,
  readState,
  rewindMetrics,
  writeSettings,
} from "./run-folder.ts";
import type { RunSettings } from "./run-folder.ts";
import { startWeights } from "./planned-run.ts";
import type { Settings } from "./planned-run.ts";
import { readLatentStart } from "./start-model.ts";
import { initialState } from "./step.ts";
import { runKey } from "./trainer.ts";
import type { TrainedState } from "./trainer.ts";
import { windowsOf } from "./windows.ts";
import type { Corpus } from "./windows.ts";

/** The stages, in their order; also the names of their folders. */
export const stageNames = ["embedder", "planner"] as const;
export type StageName = (typeof stageNames)[number];

/** Settings of a new run in stages. */
export interface NewStagedRun {
  readonly folder: string;
  readonly kind: LatentSystemKind;
  /** Unless `init` brings one. */
  readonly tokenizer: string;
  /** Tokens of a paragraph. Default: as `init`, or 64. */
  readonly length?: number | undefined;
  /** Unless `init` brings one. */
  readonly network: NetworkShape;
  /** The folder of a model to begin with, whose weights, tokenizer and networks are taken: a latent system's, or one of tokens. */
  readonly init?: string | undefined;
  /** How long: steps of each stage, or minutes that they share. */
  readonly steps: number | { readonly minutes: number };
  readonly reading?: Reading | undefined;
  /** Everything else, which may depend on the number of steps. */
  readonly settings: (steps: number) => Settings;
}

/** What one stage needs to be run. */
export interface Stage {
  readonly name: StageName;
  readonly folder: string;
  readonly settings: RunSettings;
  readonly corpus: Corpus;
  /** What was saved; undefined before the first save. */
  readonly saved: TrainedState | undefined;
  /** Another model's weights to begin with. */
  readonly start: Weights | undefined;
}

/** A run in stages that can be started. */
export interface StagedRun {
  readonly folder: string;
  readonly config: LatentConfig;
  readonly system: LatentSystem;
  readonly tokenizer: Tokenizer;
  readonly stages: Readonly<Record<StageName, Stage>>;
}

/** Makes the folder of a new run in stages. Nothing is written before the request makes sense. */
export async function newStagedRun(options: NewStagedRun, runtime: Runtime): Promise<StagedRun> {
  const { folder, kind, steps, reading, init } = options;
  const { data, valid } = options.settings(1);
  await checkRunFolder(folder);
  const start = init === undefined ? undefined : await readLatentStart(init, kind);
  const { network } = start ?? options;
  const length = options.length ?? start?.length ?? 64;
  if ((await holdsDialogues(data)) || (valid !== undefined && (await holdsDialogues(valid))))
    throw new UnmaskError(
      "usage",
      `train: the system ${kind.name} learns paragraphs of text, got dialogues; give text, or another --system`,
    );
  const tokenizer = start?.tokenizer ?? (await makeTokenizer(options.tokenizer, data));
  const config: LatentConfig = {
    system: kind.name,
    options: kind.options,
    length,
    vocabulary: tokenizer.size,
    network,
  };
  const { system } = latentSystemAt(config, tokenizer);
  const parts = await openTokens(tokenizer, { data, valid, folder, reading });
  const corpora = corporaOf(parts, length);
  const withSteps = (counts: Readonly<Record<StageName, number>>): StagedRun => {
    const stage = (name: StageName): Stage => {
      const corpus = corpora[name];
      const counted = { train: corpus.train.tokens, valid: corpus.valid.tokens };
      const asked = { ...options.settings(counts[name]), init, steps: counts[name] };
      const settings = { ...asked, corpus: counted };
      const own = join(folder, name);
      return { name, folder: own, settings, corpus, saved: undefined, start: start?.weights };
    };
    const stages = { embedder: stage("embedder"), planner: stage("planner") };
    return { folder, config, system, tokenizer, stages };
  };
  const run = withSteps(
    typeof steps === "number"
      ? { embedder: steps, planner: steps }
      : await stagesIn(steps.minutes, withSteps({ embedder: 1000, planner: 1000 }), runtime),
  );
  await mkdir(folder, { recursive: true });
  await writeLatentHead(folder, run);
  for (const { folder: own, settings } of Object.values(run.stages)) {
    await mkdir(own, { recursive: true });
    await writeSettings(own, settings);
  }
  return run;
}

type Weights = Readonly<Record<string, Value>>;

/** A paragraph's windows, and those of two. */
const corporaOf = (parts: Split, length: number): Record<StageName, Corpus> => ({
  embedder: windowsOf(parts, length),
  planner: windowsOf(parts, 2 * length),
});

/** Steps of each stage, which share the minutes evenly. */
async function stagesIn(
  minutes: number,
  trial: StagedRun,
  runtime: Runtime,
): Promise<Record<StageName, number>> {
  const { system } = trial;
  const weights = initialize(system.embedding.parameters, runKey(0, "trial"));
  const lessons = {
    embedder: system.embedding,
    planner: system.planning({ weights, moments: standard(system) }),
  };
  const steps = (name: StageName): Promise<number> => {
    const state = startOf(trial.stages[name], lessons[name]).state;
    const loop = loopOf(trial.stages[name], {
      lesson: lessons[name],
      runtime,
      state,
      done: 0,
    });
    return stepsIn({ minutes: minutes / stageNames.length }, loop);
  };
  return { embedder: await steps("embedder"), planner: await steps("planner") };
}

/** A run in stages as its folder left it. `change` may extend the stages that aren't behind it. */
export async function resumeStagedRun(
  folder: string,
  change: (settings: RunSettings) => RunSettings = (settings) => settings,
): Promise<StagedRun> {
  const { config, tokenizer } = await readLatentHead(folder);
  const { kind, system } = latentSystemAt(config, tokenizer);
  const found = {} as Record<StageName, Omit<Stage, "corpus">>;
  for (const name of stageNames.toReversed()) {
    const own = join(folder, name);
    const before = await readSettings(own);
    const saved = await readState(own);
    // What the second stage has begun to build on stays as it is.
    const fixed = name === "embedder" && found.planner.saved !== undefined;
    const changed = change(before);
    const settings = fixed ? { ...changed, steps: before.steps } : changed;
    if (saved && saved.done > settings.steps)
      throw new UnmaskError(
        "usage",
        `train: the ${name} has ${saved.done} steps behind it, --steps ${settings.steps} asks for fewer`,
      );
    const { init } = settings;
    const start =
      saved || init === undefined ? undefined : (await readLatentStart(init, kind)).weights;
    found[name] = { name, folder: own, settings, saved, start };
  }
  const { data, valid } = found.embedder.settings;
  const parts = await openTokens(tokenizer, { data, valid, folder });
  const corpora = corporaOf(parts, config.length);
  for (const name of stageNames) checkCorpus(found[name], corpora[name]);
  for (const { folder: own, settings, saved } of Object.values(found)) {
    await rewindMetrics(own, saved?.done ?? 0);
    await writeSettings(own, settings);
  }
  const stages = {
    embedder: { ...found.embedder, corpus: corpora.embedder },
    planner: { ...found.planner, corpus: corpora.planner },
  };
  return { folder, config, system, tokenizer, stages };
}

function checkCorpus({ settings }: Omit<Stage, "corpus">, { train: source, valid }: Corpus): void {
  const { corpus, data } = settings;
  if (source.tokens === corpus.train && valid.tokens === corpus.valid) return;
  throw new UnmaskError(
    "usage",
    `train: --resume needs the text that the run began with: ${corpus.train} + ${corpus.valid} tokens, ` +
      `got ${source.tokens} + ${valid.tokens} from ${data}`,
  );
}

/** A stage's state: as it was saved, or as it begins. */
export function startOf(stage: Stage, { parameters }: Lesson): TrainedState {
  const { folder, settings, saved, start } = stage;
  if (!saved) {
    const { weights } = startWeights(parameters, settings.seed, start);
    return { state: initialState(weights, settings), done: 0 };
  }
  const own = Object.keys(parameters).flatMap((name) =>
    saved.state[name] ? [[name, saved.state[name]] as const] : [],
  );
  checkValues(parameters, Object.fromEntries(own), join(folder, "state.safetensors"));
  return saved;
}

/** What a stage's loop takes. */
export interface StageLoop extends TrainedState {
  readonly lesson: Lesson;
  /** What validation scores. Default: the lesson. */
  readonly bound?: Lesson | undefined;
  readonly runtime: Runtime;
}

/** The training loop of a stage, over its own windows: paragraphs, or two of them. */
export function loopOf({ settings, corpus }: Stage, { lesson, bound, ...facts }: StageLoop): Loop {
  const { length } = corpus.train;
  const step = { ...optimization(settings), length, lesson, bound };
  return loopOptions({ ...facts, settings, corpus, step });
}

/** Mean 0 and deviation 1: latents as they are. */
export const standard = ({ embedder: { latents, dimension } }: LatentSystem): Moments => ({
  mean: new Float64Array(latents * dimension),
  deviation: new Float64Array(latents * dimension).fill(1),
});
