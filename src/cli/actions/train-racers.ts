/**
 * The two tiny models of `unmask demo --train`, trained on stories that the program makes up: the same backbone,
 * the same text, as many steps.
 *
 * @module
 */
import { join } from "node:path";
import { writeAtomic } from "../../checkpoint/write-atomic.ts";
import { sizeOf, transformerConfig } from "../../model/sizes.ts";
import { formatCount } from "../../report/number-format.ts";
import { progress } from "../../report/progress.ts";
import { systemOf } from "../../system/index.ts";
import { randomKey, splitKey } from "../../tensor/index.ts";
import type { Runtime } from "../../tensor/index.ts";
import { endToken } from "../../text/index.ts";
import { stories } from "../../text/stories.ts";
import { newRun, startRun } from "../../train/run.ts";
import type { NewRun } from "../../train/run.ts";
import type { DemoContext, Racer } from "./run-demo.ts";
import { useModel } from "./use-model.ts";

const corpusCharacters = 600_000;

/** Trains both, into folders of a folder that exists. */
export async function trainRacers(
  context: DemoContext,
  runtime: Runtime,
  folder: string,
): Promise<readonly Racer[]> {
  const data = join(folder, "stories.txt");
  const texts = stories(splitKey(randomKey(context.values.seed), "stories"), corpusCharacters);
  await writeAtomic(data, texts.join(`\n${endToken}\n`));
  const trained: Racer[] = [];
  for (const system of ["autoregressive", "mdlm"])
    trained.push(
      // The first one is timed; the other takes as many steps.
      await trainOne(context, runtime, {
        system,
        data,
        folder,
        steps: trained[0]?.training?.steps,
      }),
    );
  return trained;
}

async function trainOne(
  { values, signal, errorTerminal, note }: DemoContext,
  runtime: Runtime,
  demo: { system: string; data: string; folder: string; steps: number | undefined },
): Promise<Racer> {
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
  const sampling = model.kind.infills
    ? { rule: "confidence", steps: Math.ceil(values.length / 2) }
    : {};
  return {
    model,
    sampling,
    training: { nats: score?.nats, exact: score?.exact ?? false, steps },
  };
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
