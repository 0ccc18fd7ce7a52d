/**
 * A few real training steps of a nano transformer, for the suites that run them on every runtime.
 *
 * @module
 */
import {
  crossEntropy,
  floats,
  integers,
  mul,
  randomKey,
  randomStream,
  splitKey,
  sum,
} from "unmask/tensor";
import type { Runtime, Store } from "unmask/tensor";
import { sizes, transformerConfig } from "../../src/model/sizes.ts";
import { initialize } from "../../src/nn/parameter.ts";
import { tokenLesson } from "../../src/objective/lesson.ts";
import type { Objective } from "../../src/objective/objective.ts";
import { batchInputs, initialState, stepPrograms, stepScalars } from "../../src/train/step.ts";
import type { StepOptions, StepPrograms } from "../../src/train/step.ts";

const vocabulary = 16;
const maskId = vocabulary - 1;
const [batch, length] = [2, 12];
const key = randomKey(3);

export const nano = transformerConfig(sizes["nano"]!, {
  vocabulary,
  attention: { kind: "bidirectional" },
});

/** Half of the places masked, equal weights. */
const halfMasked: Objective = {
  exact: false,
  inputs: () => ({
    tokens: { shape: [batch, length], dtype: "int32" },
    targets: { shape: [batch, length], dtype: "int32" },
    weights: { shape: [batch, length], dtype: "float32" },
  }),
  draw({ x0 }, noise) {
    const random = randomStream(noise);
    const masked = Array.from(x0, () => random.uniform() < 0.5);
    const tokens = x0.map((token, i) => (masked[i] ? maskId : token));
    return {
      tokens: integers([batch, length], tokens),
      targets: integers([batch, length], x0),
      weights: floats([batch, length], masked.map(Number)),
    };
  },
  losses: ({ tokens, targets, weights }, network) =>
    sum(mul(weights!, crossEntropy(network(tokens!), targets!).loss), [1]),
};

const options = (accumulate: number): StepOptions => ({
  lesson: tokenLesson(nano, halfMasked),
  batch,
  length,
  optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 },
  clip: 1,
  ema: 0.9,
  dropout: 0.1,
  accumulate,
});

/** The programs that {@link trainNano} runs. */
export const trainingPrograms = (accumulate: number): StepPrograms =>
  stepPrograms(options(accumulate));

export interface TrainingOptions {
  readonly steps: number;
  /** Batches for each step. */
  readonly accumulate: number;
  /** Called after each step. */
  readonly after?: (step: number) => void;
}

export interface TrainingResult {
  /** The loss of every batch, then the norm of every step's gradient. */
  readonly figures: readonly number[];
  /** Of each tensor of the store at the end, the root of its mean square. */
  readonly magnitudes: readonly number[];
}

/** Trains from a fixed seed; the store outlives the programs and is read at the end. */
export async function trainNano(
  runtime: Runtime,
  { steps, accumulate, after }: TrainingOptions,
): Promise<TrainingResult> {
  const step = options(accumulate);
  const weights = initialize(step.lesson.parameters, splitKey(key, "weights"));
  const store = await runtime.store(initialState(weights, step));
  const programs = trainingPrograms(accumulate);
  const forBatch = await runtime.compile(programs.batch, { store });
  const forStep = programs.apply && (await runtime.compile(programs.apply, { store }));
  const figures: number[] = [];
  const norms: number[] = [];
  for (let n = 1; n <= steps; n++) {
    const scalars = stepScalars(step, n, 1e-2);
    for (let part = 0; part < accumulate; part++) {
      const noise = splitKey(key, "batch", n, part);
      const inputs = batchInputs(step, { x0: windows(n), batch, length }, noise);
      const { loss, norm } = await forBatch.run(forStep ? inputs : { ...inputs, ...scalars });
      figures.push(loss!.data[0]!);
      if (norm) norms.push(norm.data[0]!);
    }
    if (forStep) norms.push((await forStep.run(scalars))["norm"]!.data[0]!);
    after?.(n);
  }
  await forBatch.dispose();
  await forStep?.dispose();
  const magnitudes = await magnitudesOf(store);
  await store.dispose();
  return { figures: [...figures, ...norms], magnitudes };
}

/** Counting up and around from a place that depends on the step: a model can learn it. */
function windows(step: number): Int32Array {
  return Int32Array.from({ length: batch * length }, (_, i) => (i + step) % maskId);
}

async function magnitudesOf(store: Store): Promise<number[]> {
  return Object.values(await store.read()).map(({ data }) =>
    Math.sqrt(Array.from(data).reduce((total, x) => total + x * x, 0) / data.length),
  );
}
