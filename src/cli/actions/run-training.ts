/**
 * What `unmask train` does, once its options are read.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import { sizeOf, transformerConfig } from "../../model/sizes.ts";
import { formatCount } from "../../report/number-format.ts";
import { progress } from "../../report/progress.ts";
import { systemOf } from "../../system/index.ts";
import type { SystemKind } from "../../system/system.ts";
import { parseSpec } from "../../variant.ts";
import { usual } from "../../train/recipe.ts";
import { newRun, resumeRun, startRun } from "../../train/run.ts";
import type { NewRun, Run } from "../../train/run.ts";
import type { Score } from "../../objective/score.ts";
import {
  checkInit,
  checkMemory,
  extend,
  settingsOf,
  shapeOf,
  stepsOf,
} from "./training-settings.ts";
import type { TrainContext, TrainValues } from "./training-settings.ts";
import { useDevice } from "./use-device.ts";

/** What `--json` prints. */
export interface TrainingResult {
  readonly out: string;
  readonly steps: number;
  readonly finished: boolean;
  /** Nats per token on the validation text, exact or a bound. */
  readonly validation: Score | undefined;
  readonly seconds: number;
}

export async function runTraining(context: TrainContext): Promise<TrainingResult> {
  const { values, note } = context;
  const runtime = await useDevice(values);
  const bar = progress(context.errorTerminal, { label: "read" });
  const reading = (characters: number): void => bar.update(characters, { unit: "characters" });
  const begun = values.resume
    ? resumeRun(values.out, extend(context))
    : newRun({ ...request(context), reading }, runtime);
  const run = await begun.finally(bar.finish);
  note(describe(run));
  run.notes.forEach((line) => note(line));
  if (!runtime.repeatable)
    note(`${runtime.name} adds numbers up in any order: the same seed gives a slightly other run`);
  return follow(context, run, startRun(run, { runtime, signal: context.signal }));
}

/** A new run, as the flags ask for it. */
function request(context: TrainContext): NewRun {
  const { values } = context;
  checkInit(context);
  const asked = systemOfFlags(values);
  const size = sizeOf(values.size);
  const shape = shapeOf(values, size);
  const { length = usual.length } = values;
  // Blocks are trained beside the clean text, so that everything is there twice.
  checkMemory(shape, values, asked?.attention.kind === "block" ? 2 * length : length);
  return {
    folder: values.out,
    kind: asked,
    tokenizer: values.tokenizer,
    length: values.length,
    init: values.init,
    steps: stepsOf(values),
    transformer: (vocabulary, kind) => transformerConfig(shape, { vocabulary, ...kind }),
    settings: settingsOf(context, size),
  };
}

/** The system that `--system` asks for, with `--schedule` as one of its options. */
function systemOfFlags({ system, schedule, init }: TrainValues): SystemKind | undefined {
  if (schedule === undefined && system === undefined) return undefined;
  if (init !== undefined && system === undefined)
    throw new UnmaskError(
      "usage",
      `train: --schedule ${schedule} needs --system beside --init; say which system to train`,
    );
  const { name, values } = parseSpec("system", system ?? "mdlm");
  if (schedule === undefined) return systemOf(name, values);
  const { options } = systemOf(name, values);
  if (!Object.hasOwn(options, "schedule"))
    throw new UnmaskError(
      "usage",
      `train: the system ${name} takes no schedule; leave out --schedule`,
    );
  return systemOf(name, { ...values, schedule });
}

function describe({ config, settings: { steps, batch, accumulate, corpus }, done }: Run): string {
  const { layers, heads, width, vocabulary } = config.transformer;
  const from = done > 0 ? ` from step ${done}` : "";
  return (
    `${config.system}: ${layers} layers, ${heads} heads, width ${width}, ${vocabulary} tokens; ` +
    `${formatCount(corpus.train)} tokens to train on; ` +
    `${steps} steps of ${batch * accumulate} x ${config.length}${from}`
  );
}

/** Shows a run's events and sums them up. */
async function follow(
  { values, note, errorTerminal }: TrainContext,
  run: Run,
  events: ReturnType<typeof startRun>,
): Promise<TrainingResult> {
  const { settings: facts, config } = run;
  const perStep = facts.batch * facts.accumulate * config.length;
  const bar = progress(errorTerminal, { label: "train", total: facts.steps });
  const started = performance.now();
  let loss: number | undefined;
  let seconds: number | undefined;
  let validation: Score | undefined;
  let last = { step: run.done, reason: "finished" };
  const smooth = (old: number | undefined, now: number) =>
    old === undefined ? now : 0.95 * old + 0.05 * now;
  try {
    for await (const event of events) {
      if (event.kind === "end") last = event;
      else if (event.kind === "validation") {
        validation = event.score;
        note(`step ${event.step}: ${validationLine(event.score)}`);
      } else if (event.kind === "noise") {
        const { interval, deviation } = event.found;
        note(
          `step ${event.step}: mask rates ${interval.low} to ${interval.high}, under which a text's ` +
            `loss varies by ${deviation.toFixed(3)} nats/token`,
        );
      } else if (event.kind === "step") {
        loss = smooth(loss, event.loss);
        seconds = smooth(seconds, event.seconds);
        bar.update(event.step, {
          loss: loss.toFixed(3),
          speed: `${formatCount(Math.round(perStep / seconds))} tokens/s`,
        });
      }
    }
  } finally {
    bar.finish();
  }
  const finished = last.reason === "finished";
  note(
    finished
      ? `the model is in ${values.out}`
      : `stopped after step ${last.step}, which is saved; go on with: unmask train --out ${values.out} --resume`,
  );
  const took = (performance.now() - started) / 1000;
  return { out: values.out, steps: last.step, finished, validation, seconds: took };
}

function validationLine({ nats, standardError, exact }: Score): string {
  return `validation ${exact ? "" : "<= "}${nats.toFixed(4)} +- ${standardError.toFixed(4)} nats/token`;
}
