/**
 * From a run's settings to what the training loop takes.
 *
 * @module
 */
import type { Interval } from "../objective/masking.ts";
import type { Runtime, Value } from "../tensor/index.ts";
import type { Corpus } from "./windows.ts";
import type { RunSettings } from "./run-folder.ts";
import type { StepOptions } from "./step.ts";
import { runKey, secondsPerStep, validationDraws } from "./trainer.ts";
import type { TrainOptions } from "./trainer.ts";

/** What the loop takes, but where it saves. */
export interface Loop extends Omit<TrainOptions, "save"> {
  /** Windows of a validation. */
  readonly validated: number;
}

export interface LoopFacts {
  readonly runtime: Runtime;
  readonly settings: RunSettings;
  readonly corpus: Corpus;
  readonly step: StepOptions;
  readonly state: Readonly<Record<string, Value>>;
  /** Steps behind it. */
  readonly done: number;
  readonly interval?: Interval | undefined;
}

export function loopOptions(facts: LoopFacts): Loop {
  const { runtime, settings, corpus, step, state, done, interval } = facts;
  const { seed, batch, evalEvery, saveEvery, evalWindows } = settings;
  return {
    runtime,
    state,
    done,
    interval,
    step,
    learningRate: { ...settings.learningRate, steps: settings.steps },
    seed,
    data: corpus.train.random({ batch, key: runKey(seed, "data") }),
    validation: corpus.valid.consecutive({ limit: evalWindows }),
    validated: Math.min(evalWindows, corpus.valid.count),
    evalEvery,
    saveEvery,
  };
}

/** How a run's weights move. */
export const optimization = ({
  batch,
  accumulate,
  optimizer,
  clip = Infinity,
  ema,
  dropout,
}: RunSettings): Pick<
  StepOptions,
  "batch" | "accumulate" | "optimizer" | "clip" | "ema" | "dropout"
> => ({ batch, accumulate, optimizer, clip, ema, dropout });

/** How much of the time goes into finding out how long a step takes. */
const trialShare = 0.02;

/** How many steps fit into the minutes, by the time that some of them take; validations get half of it at most. */
export async function stepsIn(
  { minutes }: { readonly minutes: number },
  loop: Loop,
): Promise<number> {
  const seconds = await secondsPerStep(loop, trialShare * minutes * 60);
  const { evalEvery, learningRate, step, validated } = loop;
  // A validation's forward passes, in steps: going back costs twice as much as going forward.
  const passes = Math.ceil(learningRate.steps / evalEvery) * validated * validationDraws;
  const validating = passes / step.batch / 3;
  const all = (minutes * 60) / seconds;
  return Math.round(Math.max(1, all / 2, all - validating));
}
