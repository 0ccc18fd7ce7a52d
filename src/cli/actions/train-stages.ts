/**
 * What `unmask train` does for a latent system: two stages, one after the other.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import { sizeOf } from "../../model/sizes.ts";
import { formatCount } from "../../report/number-format.ts";
import { progress } from "../../report/progress.ts";
import type { Progress } from "../../report/progress.ts";
import { latentSystemFromSpec } from "../../system/index.ts";
import { newStagedRun, resumeStagedRun } from "../../train/staged-run.ts";
import type { NewStagedRun, StagedRun, StageName } from "../../train/staged-run.ts";
import { startStagedRun } from "../../train/stages.ts";
import type { StageEvent } from "../../train/stages.ts";
import {
  checkInit,
  checkMemory,
  extend,
  settingsOf,
  shapeOf,
  stepsOf,
} from "./training-settings.ts";
import type { TrainContext } from "./training-settings.ts";
import { useDevice } from "./use-device.ts";

/** What `--json` prints. */
export interface StagesResult {
  readonly out: string;
  readonly finished: boolean;
  readonly seconds: number;
  readonly stages: Readonly<Record<StageName, StageResult>>;
}

interface StageResult {
  readonly steps: number;
  /**
   * What the last validation found: of the embedder nats per token of a text said again from its own
   * latents, of the planner the weighted squared error of a number of normalised latents.
   */
  readonly validation: number | undefined;
}

const measures: Readonly<Record<StageName, string>> = {
  embedder: "nats/token of a text from its own latents",
  planner: "weighted squared error of a latent's number",
};

export async function trainStages(context: TrainContext): Promise<StagesResult> {
  const { values, note } = context;
  const runtime = await useDevice(values);
  const bar = progress(context.errorTerminal, { label: "read" });
  const reading = (characters: number): void => bar.update(characters, { unit: "characters" });
  const begun = values.resume
    ? resumeStagedRun(values.out, extend(context))
    : newStagedRun({ ...request(context), reading }, runtime);
  const run = await begun.finally(bar.finish);
  describe(run).forEach((line) => note(line));
  if (!runtime.repeatable)
    note(`${runtime.name} adds numbers up in any order: the same seed gives a slightly other run`);
  return follow(context, run, startStagedRun(run, { runtime, signal: context.signal }));
}

/** A new run, as the flags ask for it. */
function request(context: TrainContext): NewStagedRun {
  const { values, given } = context;
  const kind = latentSystemFromSpec(values.system!);
  if (given.has("schedule"))
    throw new UnmaskError(
      "usage",
      `train: the system ${kind.name} takes no --schedule; leave it out`,
    );
  checkInit(context);
  const size = sizeOf(values.size);
  const network = shapeOf(values, size);
  const { length, init } = values;
  checkMemory(network, values, length ?? 64);
  return {
    folder: values.out,
    kind,
    tokenizer: values.tokenizer,
    length,
    network,
    init,
    steps: stepsOf(values),
    settings: settingsOf(context, { ...size, learningRate: kind.pace * size.learningRate }),
  };
}

function describe({ config, stages }: StagedRun): string[] {
  const { layers, heads, width } = config.network;
  const stage = (name: StageName): string => {
    const { settings, saved } = stages[name];
    const from = saved && saved.done > 0 ? ` from step ${saved.done}` : "";
    return `${name}: ${settings.steps} steps of ${settings.batch * settings.accumulate}${from}`;
  };
  return [
    `${config.system}: networks of ${layers} layers, ${heads} heads, width ${width}, ` +
      `${config.vocabulary} tokens, paragraphs of ${config.length}; ` +
      `${formatCount(stages.embedder.corpus.train.tokens)} tokens to train on`,
    `${stage("embedder")}; ${stage("planner")}`,
  ];
}

/** Shows the events of both stages and sums them up. */
async function follow(
  { values, note, errorTerminal }: TrainContext,
  run: StagedRun,
  events: AsyncIterable<StageEvent>,
): Promise<StagesResult> {
  const started = performance.now();
  const steps = { embedder: stepsBehind(run, "embedder"), planner: stepsBehind(run, "planner") };
  const validation: Partial<Record<StageName, number>> = {};
  let bar: { readonly stage: StageName; readonly shown: Progress } | undefined;
  let loss = 0;
  try {
    for await (const event of events) {
      const { stage } = event;
      if (bar?.stage !== stage) {
        bar?.shown.finish();
        const { settings } = run.stages[stage];
        bar = { stage, shown: progress(errorTerminal, { label: stage, total: settings.steps }) };
        loss = 0;
      }
      if (event.kind === "end" || event.kind === "save") steps[stage] = event.step;
      else if (event.kind === "validation") {
        const { nats, standardError } = event.score;
        validation[stage] = nats;
        note(
          `${stage}, step ${event.step}: ${nats.toFixed(4)} +- ${standardError.toFixed(4)} ${measures[stage]}`,
        );
      } else if (event.kind === "step") {
        loss = loss === 0 ? event.loss : 0.95 * loss + 0.05 * event.loss;
        bar.shown.update(event.step, { loss: loss.toFixed(3) });
      }
    }
  } finally {
    bar?.shown.finish();
  }
  const finished = (["embedder", "planner"] as const).every(
    (stage) => steps[stage] === run.stages[stage].settings.steps,
  );
  note(
    finished
      ? `the model is in ${values.out}`
      : `stopped after step ${steps.embedder} of the embedder and ${steps.planner} of the planner, which is ` +
          `saved; go on with: unmask train --out ${values.out} --resume`,
  );
  const result = (stage: StageName): StageResult => ({
    steps: steps[stage],
    validation: validation[stage],
  });
  return {
    out: values.out,
    finished,
    seconds: (performance.now() - started) / 1000,
    stages: { embedder: result("embedder"), planner: result("planner") },
  };
}

const stepsBehind = ({ stages }: StagedRun, name: StageName): number =>
  stages[name].saved?.done ?? 0;
