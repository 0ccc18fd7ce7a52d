/**
 * What `unmask demo` does: two models on the same stories, the same backbone and the same time, then
 * both at the same prompt, then a hole that only one of them can fill.
 *
 * @module
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { writeAtomic } from "../../checkpoint/write-atomic.ts";
import { sizeOf, transformerConfig } from "../../model/sizes.ts";
import { emptyView, follow } from "../../report/canvas-view.ts";
import { liveView } from "../../report/live-view.ts";
import { formatCount } from "../../report/number-format.ts";
import { progress } from "../../report/progress.ts";
import { canvasWithHoles, openCanvas } from "../../sample/canvas.ts";
import type { Frame } from "../../sample/frame.ts";
import { sample } from "../../sample/sample.ts";
import { endOfText } from "../../sample/stop.ts";
import { systemOf } from "../../system/index.ts";
import { randomKey, splitKey } from "../../tensor/index.ts";
import type { Runtime } from "../../tensor/index.ts";
import { endToken } from "../../text/index.ts";
import { newRun, startRun } from "../../train/run.ts";
import type { NewRun } from "../../train/run.ts";
import type { demoOptions } from "../verbs/demo.ts";
import { stories } from "../../text/stories.ts";
import { useDevice } from "./use-device.ts";
import type { UsableModel } from "../../generate/model.ts";
import { samplingOptions } from "../../generate/sampling.ts";
import { useModel } from "./use-model.ts";
import type { Context } from "../verb.ts";

type DemoContext = Context<typeof demoOptions, { prompt: { doc: string } }>;

const corpusCharacters = 600_000;
const defaultPrompt = "Mia the fox lived by the river.";

/** What the hole needs is on both of its sides: who looked, and what was found. */
const storyWithHole =
  "Tom the bear lived on the hill. He had a red kite, but he lost it. Tom was sad and began to cry. " +
  'Lily the dog wanted to help him.[[12]] "Here is your red kite," said Lily. Tom was not sad any more.';

/** What `--json` prints. */
export interface DemoResult {
  readonly prompt: string;
  readonly models: readonly {
    readonly system: string;
    readonly nats: number | undefined;
    readonly exact: boolean;
    readonly steps: number;
    readonly text: string;
    readonly passes: number;
  }[];
  readonly infilled: string;
}

export async function runDemo(context: DemoContext): Promise<DemoResult> {
  const { values, out } = context;
  const folder = values.out ?? (await mkdtemp(join(tmpdir(), "unmask-demo-")));
  try {
    await mkdir(folder, { recursive: true });
    const data = join(folder, "stories.txt");
    const texts = stories(splitKey(randomKey(values.seed), "stories"), corpusCharacters);
    await writeAtomic(data, texts.join(`\n${endToken}\n`));
    const runtime = await useDevice(values);
    const trained: Trained[] = [];
    for (const system of ["autoregressive", "mdlm"])
      trained.push(
        // The first one is timed; the other takes as many steps.
        await trainOne(context, runtime, { system, data, folder, steps: trained[0]?.steps }),
      );

    out("");
    out("Both write on. The autoregressive model goes from left to right, one token a pass;");
    out("the diffusion model starts from masks and keeps what it is surest of in each pass.");
    out("");
    const race = await runRace(context, trained);
    out("");
    out("A hole in the middle: the diffusion model reads both sides of it.");
    out("");
    const infilled = await fillHole(context, trained.at(-1)!.model);
    if (values.out !== undefined)
      context.note(`the models are in ${folder}; try: ${tryThis(folder)}`);
    return { prompt: promptOf(values), models: race, infilled };
  } finally {
    if (values.out === undefined) await rm(folder, { recursive: true, force: true });
  }
}

interface Trained {
  readonly model: UsableModel;
  readonly nats: number | undefined;
  readonly exact: boolean;
  readonly steps: number;
}

async function trainOne(
  { values, signal, errorTerminal, note }: DemoContext,
  runtime: Runtime,
  demo: { system: string; data: string; folder: string; steps: number | undefined },
): Promise<Trained> {
  const { system, folder } = demo;
  const out = join(folder, system);
  const run = await newRun(demoRun({ ...demo, folder: out }, values), runtime);
  const { steps, batch } = run.settings;
  const bar = progress(errorTerminal, { label: system.padEnd(14), total: steps });
  let loss = Math.log(run.tokenizer.size);
  let score: { nats: number; exact: boolean } | undefined;
  try {
    for await (const event of startRun(run, { runtime, signal })) {
      if (event.kind === "validation") score = event.score;
      if (event.kind !== "step") continue;
      loss = 0.95 * loss + 0.05 * event.loss;
      const speed = formatCount(Math.round((batch * run.config.length) / event.seconds));
      bar.update(event.step, { loss: loss.toFixed(3), speed: `${speed} tokens/s` });
    }
  } finally {
    bar.finish();
  }
  signal.throwIfAborted();
  if (score) {
    const sign = score.exact ? "" : "at most ";
    note(`${system}: ${steps} steps, ${sign}${score.nats.toFixed(3)} nats per token`);
  }
  const model = await useModel({ ...values, model: out });
  return { model, nats: score?.nats, exact: score?.exact ?? false, steps };
}

function demoRun(
  demo: { system: string; data: string; folder: string; steps: number | undefined },
  { seconds, seed }: DemoContext["values"],
): NewRun {
  const { data, folder } = demo;
  const kind = systemOf(demo.system);
  const size = sizeOf("nano");
  return {
    folder,
    kind,
    tokenizer: "word",
    length: 64,
    transformer: (vocabulary) => transformerConfig(size, { vocabulary, ...kind }),
    steps: demo.steps ?? { minutes: seconds / 60 },
    settings: (steps) => ({
      data,
      batch: 16,
      accumulate: 1,
      seed,
      learningRate: {
        schedule: "cosine",
        peak: size.learningRate,
        floor: size.learningRate / 20,
        warmup: Math.min(50, Math.ceil(steps / 20)),
      },
      optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.01 },
      clip: 1,
      ema: 0.99,
      dropout: 0,
      evalEvery: steps,
      saveEvery: steps,
      evalWindows: 64,
      command: `unmask demo --seconds ${seconds} --seed ${seed}`,
    }),
  };
}

const promptOf = ({ prompt }: DemoContext["values"]): string => (prompt ?? defaultPrompt).trimEnd();

/** Both models at one prompt, side by side where the window is wide enough: pass after pass, each in its turn. */
async function runRace(
  { values, terminal, signal }: DemoContext,
  trained: readonly Trained[],
): Promise<DemoResult["models"]> {
  const screen = liveView(terminal);
  const racers = trained.map(({ model }) => racerOf(model, values, signal));
  const views = trained.map(({ model }) => emptyView(model.kind.name, wide(model)));
  const results: Frame[] = [];
  const pause = terminal.isTTY ? 4000 / values.length : 0;
  for (;;) {
    let isOver = true;
    // In turn, not at once: on one machine they would only slow each other down.
    for (const [i, racer] of racers.entries()) {
      const frame = await racer.next();
      if (frame === undefined) continue;
      isOver = false;
      results[i] = frame;
      views[i] = follow(views[i]!, frame, racer.seconds());
    }
    if (isOver) break;
    screen.draw(views);
    await delay(pause, undefined, { signal });
  }
  screen.finish(views);
  return trained.map(({ model, nats, exact, steps }, i) => ({
    system: model.kind.name,
    nats,
    exact,
    steps,
    text: model.tokenizer.decode(results[i]!.canvas),
    passes: results[i]!.passes,
  }));
}

/** A model in the race, with the seconds that it has taken itself. */
function racerOf(model: UsableModel, values: DemoContext["values"], signal: AbortSignal) {
  const { tokenizer, kind } = model;
  const prompt = tokenizer.encode(promptOf(values));
  const diffuses = { rule: "confidence", steps: values.steps ?? Math.ceil(values.length / 2) };
  const canvas = openCanvas({ prompt, length: values.length, maskId: tokenizer.maskId });
  const frames = sample({
    ...samplingOptions(model, kind.infills ? diffuses : {}, {
      seed: values.seed,
      index: 0,
      canvas,
    }),
    stop: [endOfText(tokenizer.endIds)],
    signal,
  });
  let spent = 0;
  return {
    seconds: () => spent / 1000,
    /** The next frame; undefined when there is no more. */
    async next(): Promise<Frame | undefined> {
      const started = performance.now();
      const { done, value } = await frames.next();
      spent += performance.now() - started;
      return done === true ? undefined : value;
    },
  };
}

async function fillHole(
  { values, terminal, signal }: DemoContext,
  model: UsableModel,
): Promise<string> {
  const { encode, maskId, decode } = model.tokenizer;
  const canvas = canvasWithHoles({
    text: storyWithHole,
    encode,
    maskId,
  });
  const screen = liveView(terminal);
  let view = emptyView(`${model.kind.name}, infilling`, wide(model));
  const started = performance.now();
  for await (const frame of sample({
    ...samplingOptions(model, {}, { seed: values.seed, index: 1, canvas }),
    signal,
  })) {
    view = follow(view, frame, (performance.now() - started) / 1000);
    screen.draw([view]);
    await delay(terminal.isTTY ? 120 : 0, undefined, { signal });
  }
  screen.finish([view]);
  return decode(view.canvas);
}

/** Words are wider than one block: masks are drawn about as wide as what will stand there. */
const wide = ({ tokenizer }: UsableModel) => ({ ...tokenizer, maskWidth: 4 });

const tryThis = (folder: string): string =>
  `unmask generate "Ben was very hungry." --model ${join(folder, "mdlm")} --watch`;
