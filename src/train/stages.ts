/**
 * Training in two stages: the embedder of a latent system, then its planner, each a run of the one
 * training loop with a folder of its own. The second begins when the first is finished, and leaves its
 * weights as they are.
 *
 * @module
 */
import { momentWeights } from "../checkpoint/latent-contents.ts";
import { writeModelBody } from "../checkpoint/model-folder.ts";
import { runningMoments } from "../diffusion/gaussian/moments.ts";
import type { Moments } from "../diffusion/gaussian/moments.ts";
import type { Lesson } from "../objective/lesson.ts";
import { openEmbedder } from "../system/denoisers/latent.ts";
import type { Embedded } from "../system/latent-system.ts";
import type { Runtime, Value } from "../tensor/index.ts";
import { latentCard } from "./latent-card.ts";
import { appendMetric, writeState } from "./run-folder.ts";
import { loopOf, standard, startOf } from "./staged-run.ts";
import type { Stage, StagedRun, StageName } from "./staged-run.ts";
import { averageName } from "./step.ts";
import { runKey, train } from "./trainer.ts";
import type { TrainEvent, TrainOptions } from "./trainer.ts";

export type StageEvent = TrainEvent & { readonly stage: StageName };

/** Trains both stages to their end, saving into the run's folder. */
export async function* startStagedRun(
  run: StagedRun,
  options: { runtime: Runtime; signal?: AbortSignal | undefined },
): AsyncGenerator<StageEvent, void, undefined> {
  const { system, stages } = run;
  const { runtime } = options;
  const write = bodyWriter(run);
  const embedding = { lesson: system.embedding, bound: system.fidelity };
  const embedded = yield* runStage(stages.embedder, { ...options, ...embedding, write });
  if (!embedded) return;
  const moments = await momentsOf(run, embedded, runtime);
  const fixed = { ...embedded, ...momentWeights(moments, system) };
  if (!stages.planner.saved) await write(fixed, stages.embedder, stages.embedder.settings.steps);
  const lesson = system.planning({ weights: embedded, moments });
  yield* runStage(stages.planner, { ...options, lesson, write, fixed });
}

interface StageRun {
  readonly runtime: Runtime;
  readonly signal?: AbortSignal | undefined;
  readonly lesson: Lesson;
  readonly bound?: Lesson | undefined;
  /** Weights of the model that this stage doesn't move. */
  readonly fixed?: Readonly<Record<string, Value>> | undefined;
  readonly write: BodyWriter;
}

/** Runs one stage; gives its weights if it has come to its end. */
async function* runStage(
  stage: Stage,
  { lesson, bound, fixed = {}, write, ...options }: StageRun,
): AsyncGenerator<StageEvent, Record<string, Value> | undefined, undefined> {
  const { name, folder, settings } = stage;
  const { steps, ema } = settings;
  let { state, done } = startOf(stage, lesson);
  const averaged = (): Record<string, Value> => averages(lesson, state, ema);
  if (done === steps) return averaged();
  const logEvery = Math.ceil(steps / 2000);
  let score: number | undefined;
  const save: TrainOptions["save"] = async (saved) => {
    ({ state, done } = saved);
    await writeState(folder, saved);
    await write({ ...fixed, ...averaged() }, stage, done, score);
  };
  if (done === 0) await save({ state, done });
  const loop = loopOf(stage, { lesson, bound, runtime: options.runtime, state, done });
  for await (const event of train({ ...loop, ...options, save })) {
    if (event.kind === "step" && event.step % logEvery === 0) {
      const { kind: _, ...metric } = event;
      await appendMetric(folder, metric);
    } else if (event.kind === "validation") {
      score = event.score.nats;
      const { nats, standardError } = event.score;
      await appendMetric(folder, { step: event.step, valid: nats, standardError });
    }
    yield { ...event, stage: name };
  }
  return done === steps ? averaged() : undefined;
}

/** The weights as they are saved and used: their averages, where there are any. */
function averages(
  { parameters }: Lesson,
  state: Readonly<Record<string, Value>>,
  ema: number,
): Record<string, Value> {
  const nameOf = ema > 0 ? averageName : (name: string) => name;
  return Object.fromEntries(Object.keys(parameters).map((name) => [name, state[nameOf(name)]!]));
}

/** Paragraphs whose latents are looked at. */
const momentParagraphs = 2048;

/** Mean and deviation of the latents of random paragraphs of the training text. */
async function momentsOf(
  { system, config, tokenizer, stages }: StagedRun,
  weights: Embedded["weights"],
  runtime: Runtime,
): Promise<Moments> {
  const { settings, corpus } = stages.embedder;
  const { length } = config;
  const embedder = await openEmbedder({
    runtime,
    system,
    weights,
    moments: standard(system),
    tokenizer,
  });
  const batch = 32;
  const key = runKey(settings.seed, "moments");
  const source = corpus.train.random({ batch, key });
  const { latents, dimension } = system.embedder;
  const running = runningMoments(latents * dimension);
  for (let n = 0; n < momentParagraphs / batch; n++) {
    const { x0 } = await source.batch(n);
    const texts = Array.from({ length: batch }, (_, row) =>
      x0.subarray(row * length, (row + 1) * length),
    );
    for (const vector of await embedder.encode(texts)) running.add(vector);
  }
  await embedder.dispose();
  const { mean, deviation } = running.moments();
  // As they are saved.
  return { mean: mean.map(Math.fround), deviation: deviation.map(Math.fround) };
}

type BodyWriter = (
  weights: Readonly<Record<string, Value>>,
  stage: Stage,
  done: number,
  score?: number,
) => Promise<void>;

/** Writes `model.safetensors` and the model card as far as the run has come. */
function bodyWriter(run: StagedRun): BodyWriter {
  return async (weights, { name, settings }, done, score) => {
    const card = latentCard({
      config: run.config,
      system: run.system,
      stage: name,
      settings,
      done,
      score,
    });
    await writeModelBody(run.folder, { weights, card });
  };
}
