/**
 * What training learns, whatever the networks: parameters, what is drawn for a batch, and the loss that
 * the graph computes from both.
 *
 * @module
 */
import { fixedNetwork } from "../model/network.ts";
import { transformerParameters } from "../model/transformer.ts";
import type { TransformerConfig } from "../model/transformer.ts";
import type { Parameters, ParameterSpecs } from "../nn/parameter.ts";
import type { Tensor } from "../tensor/index.ts";
import type { Objective } from "./objective.ts";

/** What a lesson's graph is built with. */
export interface LessonContext {
  /** Tokens of a window. */
  readonly length: number;
  /** Applied to what each half of a block adds; identity by default. */
  readonly dropout?: ((x: Tensor) => Tensor) | undefined;
}

/** An objective together with the networks it is about. */
export interface Lesson extends Pick<Objective, "exact" | "inputs" | "draw"> {
  /** What it moves. */
  readonly parameters: ParameterSpecs;
  /** Shapes of the hidden states that dropout acts on, in the order of the graph. */
  hidden(batch: number, length: number): readonly (readonly number[])[];
  /** The loss of each window, for the whole window, [batch]; in nats where it is a likelihood's. */
  losses(
    inputs: Readonly<Record<string, Tensor>>,
    weights: Parameters,
    context: LessonContext,
  ): Tensor;
}

/** An objective over the one transformer: what every system of tokens learns. */
export function tokenLesson(config: TransformerConfig, objective: Objective): Lesson {
  const { exact, copies = 1 } = objective;
  return {
    exact,
    parameters: transformerParameters(config),
    inputs: (batch, length) => objective.inputs(batch, length),
    draw: (windows, key) => objective.draw(windows, key),
    hidden: (batch, length) => hiddenStates(config, batch, copies * length),
    losses: (inputs, weights, { length, dropout }) =>
      objective.losses(inputs, fixedNetwork(config, weights, length, dropout)),
  };
}

/** The hidden states of a backbone's blocks, each of which has two halves. */
export const hiddenStates = (
  { layers, width }: Pick<TransformerConfig, "layers" | "width">,
  batch: number,
  places: number,
): number[][] => Array.from({ length: 2 * layers }, () => [batch, places, width]);
