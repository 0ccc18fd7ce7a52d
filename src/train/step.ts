/**
 * One training step as a program: losses, gradients, clipping, AdamW and the moving average.
 *
 * Weights, moments and averages live in a runtime's store under the names below and are replaced by
 * the program's updates; everything that differs from step to step is an input.
 *
 * @module
 */
import { dropout, keepMask } from "../nn/dropout.ts";
import { decays, parameterInputs } from "../nn/parameter.ts";
import type { Parameters } from "../nn/parameter.ts";
import type { Lesson } from "../objective/lesson.ts";
import type { NoiseSearch } from "../objective/noise-search.ts";
import type { Batch } from "../objective/objective.ts";
import { adamw, adamwScalars } from "../optim/adamw.ts";
import type { AdamWOptions } from "../optim/adamw.ts";
import { clipFactor, globalNorm } from "../optim/clip.ts";
import { ema, emaDecay } from "../optim/ema.ts";
import {
  add,
  filled,
  floats,
  gradients,
  input,
  mul,
  program,
  splitKey,
  sum,
} from "../tensor/index.ts";
import type { Key, Program, Tensor, Value } from "../tensor/index.ts";

/** Where a parameter's companions live in the store. */
const companions = {
  mean: (parameter: string): string => `optimizer.mean/${parameter}`,
  square: (parameter: string): string => `optimizer.square/${parameter}`,
  average: (parameter: string): string => `average/${parameter}`,
  gradient: (parameter: string): string => `gradient/${parameter}`,
} as const;

export const averageName = companions.average;

export interface StepOptions {
  readonly lesson: Lesson;
  /** What validation scores. Default: the lesson. */
  readonly bound?: Lesson | undefined;
  /** How the lesson's noise is fitted to the model, where it is. */
  readonly search?: NoiseSearch<Lesson> | undefined;
  readonly batch: number;
  readonly length: number;
  readonly optimizer: AdamWOptions;
  /** Largest global norm of the gradient; Infinity never clips. */
  readonly clip: number;
  /** Decay of the moving average of weights; 0 keeps none. */
  readonly ema: number;
  /** Probability that dropout zeroes a number. */
  readonly dropout: number;
  /** Batches whose gradients are summed before the weights move. */
  readonly accumulate: number;
}

/** Everything that training keeps between steps, at the start. */
export function initialState(
  weights: Readonly<Record<string, Value>>,
  { accumulate, ema: decay }: Pick<StepOptions, "accumulate" | "ema">,
): Record<string, Value> {
  const state: Record<string, Value> = { ...weights };
  for (const [name, weight] of Object.entries(weights)) {
    const zero = filled(weight.shape, 0);
    state[companions.mean(name)] = zero;
    state[companions.square(name)] = zero;
    if (decay > 0) state[companions.average(name)] = weight;
    if (accumulate > 1) state[companions.gradient(name)] = zero;
  }
  return state;
}

/** The programs of a step: one, or two when gradients are accumulated over several batches. */
export interface StepPrograms {
  /** Outputs `loss`, the batch's loss in nats per token; with one batch per step also `norm`. */
  readonly batch: Program;
  /** Moves the weights by the accumulated gradients; output `norm`. */
  readonly apply: Program | undefined;
}

export function stepPrograms(options: StepOptions): StepPrograms {
  const { lesson, accumulate } = options;
  const weights = parameterInputs(lesson.parameters);
  const loss = batchLoss(options, weights);
  const names = Object.keys(weights);
  const byName = (tensors: readonly Tensor[]): Record<string, Tensor> =>
    Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
  const fresh = byName(gradients(loss, Object.values(weights)));

  if (accumulate === 1) {
    const { updates, norm } = moveWeights(options, weights, fresh);
    return {
      batch: program({ name: "train-step", outputs: { loss, norm }, updates }),
      apply: undefined,
    };
  }
  const held = Object.fromEntries(
    names.map((name) => [name, input(companions.gradient(name), weights[name]!.shape)]),
  );
  const summed = names.map((name): [string, Tensor] => [
    companions.gradient(name),
    add(held[name]!, mul(fresh[name]!, 1 / accumulate)),
  ]);
  const { updates, norm } = moveWeights(options, weights, held);
  const cleared = names.map((name): [string, Tensor] => [
    companions.gradient(name),
    mul(held[name]!, 0),
  ]);
  return {
    batch: program({
      name: "train-batch",
      outputs: { loss },
      updates: Object.fromEntries(summed),
    }),
    apply: program({
      name: "train-apply",
      outputs: { norm },
      updates: { ...updates, ...Object.fromEntries(cleared) },
    }),
  };
}

function batchLoss(options: StepOptions, weights: Parameters): Tensor {
  const { lesson, batch, length, dropout: rate } = options;
  const coins = lesson
    .hidden(batch, length)
    .map((shape, site) => input(dropoutName(site), shape, "bool"));
  let site = 0;
  // Where a lesson computes its network twice, both passes see the same coins.
  const drop = (x: Tensor): Tensor => dropout(x, coins[site++ % coins.length]!, rate);
  const inputs = Object.fromEntries(
    Object.entries(lesson.inputs(batch, length)).map(([name, spec]) => [
      name,
      input(drawnName(name), spec.shape, spec.dtype),
    ]),
  );
  const context = { length, dropout: rate > 0 ? drop : undefined };
  return mul(sum(lesson.losses(inputs, weights, context)), 1 / (batch * length));
}

function moveWeights(
  { optimizer, clip, ema: decay }: StepOptions,
  weights: Parameters,
  gradient: Readonly<Record<string, Tensor>>,
): { updates: Record<string, Tensor>; norm: Tensor } {
  const norm = globalNorm(Object.values(gradient));
  const factor = clipFactor(norm, clip);
  const rate = input("rate", []);
  const epsilon = input("epsilon", []);
  const keep = input("keep", []);
  const forget = decay > 0 ? input("forget", []) : undefined;
  const updates: Record<string, Tensor> = {};
  for (const [name, weight] of Object.entries(weights)) {
    const { shape } = weight;
    const mean = input(companions.mean(name), shape);
    const square = input(companions.square(name), shape);
    const moments = { weight, mean, square };
    const scalars = { rate, epsilon, keep };
    const next = adamw(optimizer, moments, gradient[name]!, factor, scalars, decays(shape));
    updates[name] = next.weight;
    updates[companions.mean(name)] = next.mean;
    updates[companions.square(name)] = next.square;
    if (!forget) continue;
    const average = input(companions.average(name), shape);
    updates[companions.average(name)] = ema(average, next.weight, forget);
  }
  return { updates, norm };
}

/** What a lesson draws has names of its own choice, which must not meet the optimiser's. */
const drawnName = (name: string): string => `batch/${name}`;

const dropoutName = (site: number): string => `dropout.${site}`;

/** The inputs of one batch: the lesson's noise and dropout's coins, all from the key. */
export function batchInputs(
  { lesson, dropout: rate }: StepOptions,
  windows: Batch,
  key: Key,
): Record<string, Value> {
  const drawn = lesson.draw(windows, splitKey(key, "objective"));
  const inputs = Object.fromEntries(
    Object.entries(drawn).map(([name, value]) => [drawnName(name), value]),
  );
  if (rate === 0) return inputs;
  for (const [site, shape] of lesson.hidden(windows.batch, windows.length).entries())
    inputs[dropoutName(site)] = keepMask(splitKey(key, "dropout", site), shape, rate);
  return inputs;
}

/**
 * The scalars of one step.
 *
 * @param step counted from 1
 */
export function stepScalars(
  { optimizer, ema: decay }: StepOptions,
  step: number,
  learningRate: number,
): Record<string, Value> {
  const scalars = {
    ...adamwScalars(optimizer, step, learningRate),
    ...(decay > 0 ? { forget: 1 - emaDecay(decay, step) } : {}),
  };
  return Object.fromEntries(
    Object.entries(scalars).map(([name, value]) => [name, floats([], [value])]),
  );
}
