/**
 * What `unmask demo` does: models of several kinds at the same prompt, side by side, then a hole that only those
 * fill which see both of its sides.
 *
 * @module
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { shippedFolder, shippedModels } from "../../checkpoint/shipped-models.ts";
import type { UsableModel } from "../../generate/model.ts";
import { samplingOptions } from "../../generate/sampling.ts";
import type { Sampling } from "../../generate/task.ts";
import { emptyView, follow } from "../../report/canvas-view.ts";
import { liveView } from "../../report/live-view.ts";
import { canvasWithHoles, openCanvas } from "../../sample/canvas.ts";
import type { Frame } from "../../sample/frame.ts";
import { sample } from "../../sample/sample.ts";
import { endOfText } from "../../sample/stop.ts";
import type { demoOptions } from "../verbs/demo.ts";
import { useDevice } from "./use-device.ts";
import { useModel } from "./use-model.ts";
import type { Context } from "../verb.ts";

export type DemoContext = Context<typeof demoOptions, { prompt: { doc: string } }>;

/** A model in the race, and how it writes there, where that isn't its own way. */
export interface Racer {
  readonly model: UsableModel;
  readonly sampling: Sampling;
  /** What its training here came to. */
  readonly training?: {
    readonly nats: number | undefined;
    readonly exact: boolean;
    readonly steps: number;
  };
}

/** What is written: the beginning of a story, and one with a hole whose content is on both of its sides. */
interface Show {
  readonly prompt: string;
  readonly story: string;
}

const madeUp: Show = {
  prompt: "Mia the fox lived by the river.",
  story:
    "Tom the bear lived on the hill. He had a red kite, but he lost it. Tom was sad and began to cry. " +
    'Lily the dog wanted to help him.[[12]] "Here is your red kite," said Lily. Tom was not sad any more.',
};

const fairyTale: Show = {
  prompt: "Once upon a time there was a king who had",
  story:
    "Once upon a time there was a king, who had a beautiful daughter.[[12]] and the princess was so happy " +
    "that she danced all night.",
};

/** The models that ship which race, where they do ship. */
const shown: readonly string[] = ["autoregressive", "bd3lm-4", "mdlm"];

/** What `--json` prints. */
export interface DemoResult {
  readonly prompt: string;
  readonly models: readonly {
    readonly system: string;
    readonly nats: number | undefined;
    readonly exact: boolean | undefined;
    readonly steps: number | undefined;
    readonly text: string;
    readonly passes: number;
  }[];
  readonly infilled: string;
}

export async function runDemo(context: DemoContext): Promise<DemoResult> {
  const { values, given } = context;
  const names = (await shippedModels()).filter((name) => shown.includes(name));
  const trains = values.train || given.has("seconds") || given.has("out") || names.length < 2;
  return trains
    ? trainAndShow(context)
    : show(context, await shippedRacers(context, names), fairyTale);
}

async function shippedRacers(
  { values }: DemoContext,
  names: readonly string[],
): Promise<readonly Racer[]> {
  const racing = shown.filter((name) => names.includes(name));
  return Promise.all(
    racing.map(async (name) => ({
      model: await useModel({ ...values, model: shippedFolder(name) }),
      sampling: {},
    })),
  );
}

async function trainAndShow(context: DemoContext): Promise<DemoResult> {
  const { values, note } = context;
  const folder = values.out ?? (await mkdtemp(join(tmpdir(), "unmask-demo-")));
  try {
    await mkdir(folder, { recursive: true });
    // Training takes half a second to import.
    const { trainRacers } = await import("./train-racers.ts");
    const racers = await trainRacers(context, await useDevice(values), folder);
    const result = await show(context, racers, madeUp);
    if (values.out !== undefined) note(`the models are in ${folder}; try: ${tryThis(folder)}`);
    return result;
  } finally {
    if (values.out === undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function show(
  context: DemoContext,
  racers: readonly Racer[],
  { prompt: usual, story }: Show,
): Promise<DemoResult> {
  const { values, out } = context;
  const prompt = (values.prompt ?? usual).trimEnd();
  out("");
  out("All write on. The autoregressive model goes from left to right, one token a pass;");
  out("a diffusion model starts from masks and decides the places in an order of its own.");
  out("");
  const models = await runRace(context, racers, prompt);
  out("");
  out("A hole in the middle: the diffusion model reads both sides of it.");
  out("");
  const filler = racers.findLast(({ model }) => model.kind.infills)!;
  const infilled = await fillHole(context, filler.model, story);
  return { prompt, models, infilled };
}

/** All models at one prompt, side by side where the window is wide enough: pass after pass, each in its turn. */
async function runRace(
  { values, terminal, signal }: DemoContext,
  entrants: readonly Racer[],
  prompt: string,
): Promise<DemoResult["models"]> {
  const screen = liveView(terminal);
  const racers = entrants.map((entrant) => pacing(entrant, { prompt, values, signal }));
  const views = entrants.map(({ model }) => emptyView(model.kind.name, wide(model)));
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
  return entrants.map(({ model, training }, i) => ({
    system: model.kind.name,
    nats: training?.nats,
    exact: training?.exact,
    steps: training?.steps,
    text: model.tokenizer.decode(results[i]!.canvas),
    passes: results[i]!.passes,
  }));
}

/** A model on its way, with the seconds that it has taken itself. */
function pacing(
  { model, sampling }: Racer,
  {
    prompt,
    values,
    signal,
  }: {
    readonly prompt: string;
    readonly values: DemoContext["values"];
    readonly signal: AbortSignal;
  },
) {
  const { encode, maskId, endIds } = model.tokenizer;
  const { length, seed } = values;
  const canvas = openCanvas({ prompt: encode(prompt), length, maskId });
  const steps = model.kind.infills ? (values.steps ?? sampling.steps) : undefined;
  const frames = sample({
    ...samplingOptions(model, { ...sampling, steps }, { seed, index: 0, canvas }),
    stop: [endOfText(endIds)],
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
  story: string,
): Promise<string> {
  const { encode, maskId, decode } = model.tokenizer;
  const canvas = canvasWithHoles({
    text: story,
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
