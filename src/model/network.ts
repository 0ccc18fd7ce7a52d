/**
 * The transformer as programs: over windows of one fixed length, which training and scoring run,
 * and over canvases of any length, which sampling runs.
 *
 * @module
 */
import { pairedMask } from "../nn/attention-mask.ts";
import { headSize } from "../nn/attention.ts";
import type { KeyValues } from "../nn/attention.ts";
import type { Parameters } from "../nn/parameter.ts";
import { parameterInputs } from "../nn/parameter.ts";
import { positionsOf, rotaryTable } from "../nn/rotary.ts";
import { timeFeatureCount } from "../nn/time.ts";
import {
  add,
  concat,
  constant,
  exp,
  floats,
  gather,
  input,
  integers,
  logSoftmax,
  mul,
  multiplyDims,
  neg,
  program,
  reshape,
  slice,
  sum,
  topK,
} from "../tensor/index.ts";
import type { Program, Tensor, Value } from "../tensor/index.ts";
import { rotaryOf, transformer, transformerParameters } from "./transformer.ts";
import type { TransformerConfig, TransformerInputs } from "./transformer.ts";

/** What a network may be given beside its tokens. */
export interface NetworkContext {
  /** Time features [batch, 256], for networks that are told the time. */
  readonly time?: Tensor | undefined;
  /** bool [batch, length]: false for places that nobody may look at. Default: all may be seen. */
  readonly present?: Tensor | undefined;
  /**
   * The clean text, int32 [batch, length]: what a noisy block of block diffusion sees in place of
   * the blocks before it (BD3-LM's vectorised training). Only for networks of blocks.
   */
  readonly clean?: Tensor | undefined;
}

/** Tokens int32 [batch, length] to logits [batch, length, vocabulary]. */
export type Network = (tokens: Tensor, context?: NetworkContext) => Tensor;

/** A network whose positions are 0 .. length - 1, as constants of the graph. */
export function fixedNetwork(
  config: TransformerConfig,
  parameters: Parameters,
  length: number,
  dropout?: (x: Tensor) => Tensor,
): Network {
  const run = (tokens: Tensor, places: Int32Array, more: Partial<TransformerInputs>): Tensor => {
    const table = rotaryTable(places, rotaryOf(config));
    const { logits } = transformer(config, parameters, {
      tokens,
      positions: constant(integers([places.length], places)),
      ...(config.learnedPositions
        ? {}
        : { cosines: constant(table.cosines), sines: constant(table.sines) }),
      dropout,
      ...more,
    });
    return config.predictsNext ? aboutOwn(logits) : logits;
  };
  const places = positionsOf(length);
  return (tokens, { time, present, clean } = {}) => {
    if (!clean) return run(tokens, places, { time, present });
    // Noisy half, then clean half; positions begin anew, and only the first half is predicted.
    return run(concat([tokens, clean], 1), Int32Array.of(...places, ...places), {
      time,
      mask: constant(pairedMask(config.attention, length)),
      select: (hidden) => slice(hidden, 1, 0, length),
    });
  };
}

/** Outputs that are about the next place moved to it; the first place keeps its own. */
function aboutOwn(logits: Tensor): Tensor {
  const length = logits.shape[1] as number;
  if (length === 1) return logits;
  return concat([slice(logits, 1, 0, 1), slice(logits, 1, 0, length - 1)], 1);
}

/** Minus infinity (as far as float32's softmax can tell) on one token's logit, if it has one. */
export function forbid(logits: Tensor, token: number): Tensor {
  const vocabulary = logits.shape.at(-1) as number;
  if (token >= vocabulary) return logits;
  const bias = new Float32Array(vocabulary);
  bias[token] = -1e9;
  return add(logits, constant(floats([vocabulary], bias)));
}

/** log p(x0) from logits, with probability 0 for one token: the mask. */
export const logProbsWithout =
  (token: number) =>
  (logits: Tensor): Tensor =>
    logSoftmax(forbid(logits, token));

/** Names of the cache's inputs and outputs. */
export const cacheName = {
  past: (layer: number, part: keyof KeyValues): string => `past.${layer}.${part}`,
  fresh: (layer: number, part: keyof KeyValues): string => `fresh.${layer}.${part}`,
} as const;

/** Outputs of {@link canvasProgram} that say the likeliest tokens of each row, and its entropy. */
export const surveyOutputs = ["likeliest", "logProbs", "entropies"] as const;

/** How many of the likeliest tokens a survey lists of a row. */
export const surveyWidth = ({ vocabulary }: Pick<TransformerConfig, "vocabulary">): number =>
  Math.min(64, vocabulary);

/**
 * What the network says at chosen rows of canvases of any size.
 *
 * Inputs: the weights; `tokens` int32 [batch, length]; what {@link placeInputs} makes; `rows` int32
 * [rows], places counted through the batch (`batch index * length + place`); with time conditioning
 * `time` [batch, 256]; with a cache the past keys and values.
 * Outputs: `answers` [rows, vocabulary]; unless they are scores `likeliest`, `logProbs` [rows, width]
 * and `entropies` [rows]; with a cache the keys and values of the new places.
 *
 * @param options.maskId the token that answers never propose
 * @param options.scores answers are the network's outputs as they are, not log-probabilities of x0
 */
export function canvasProgram(
  config: TransformerConfig,
  options: { maskId: number; scores?: boolean | undefined; cache: boolean },
): Program {
  const batch = options.cache ? 1 : "batch";
  const turning = rotaryOf(config).size / 2;
  const keyLength = options.cache ? "past+length" : "length";
  const positions = input("positions", ["length"], "int32");
  const rows = input("rows", ["rows"], "int32");
  const angles = (name: string) =>
    config.learnedPositions ? undefined : input(name, ["length", turning]);
  const { logits, fresh } = transformer(config, parameterInputs(transformerParameters(config)), {
    tokens: input("tokens", [batch, "length"], "int32"),
    positions,
    keyPositions: options.cache ? input("keyPositions", [keyLength], "int32") : positions,
    cosines: angles("cosines"),
    sines: angles("sines"),
    time: config.conditionWidth ? input("time", [batch, timeFeatureCount]) : undefined,
    past: options.cache ? pastInputs(config) : undefined,
    select: (hidden) => gather(reshape(hidden, flat(hidden)), rows),
  });
  const cached = fresh.flatMap((layer, i) =>
    (["keys", "values"] as const).map((part) => [cacheName.fresh(i, part), layer[part]] as const),
  );
  return program({
    name: "canvas",
    outputs: {
      ...(options.scores ? { answers: logits } : answersAbout(logits, options.maskId)),
      ...(options.cache ? Object.fromEntries(cached) : {}),
    },
  });
}

/** Log p(x0), and a survey of it. */
function answersAbout(logits: Tensor, maskId: number): Record<string, Tensor> {
  const answers = logProbsWithout(maskId)(logits);
  const width = surveyWidth({ vocabulary: logits.shape.at(-1) as number });
  const { values, indices } = topK(answers, width);
  const entropies = neg(sum(mul(exp(answers), answers), [-1]));
  return { answers, likeliest: indices, logProbs: values, entropies };
}

const flat = ({ shape }: Tensor) => [multiplyDims(shape.slice(0, -1)), shape.at(-1)!];

function pastInputs(config: TransformerConfig): KeyValues[] {
  const shape = [1, config.keyValueHeads, "past", headSize(config)];
  return Array.from({ length: config.layers }, (_, i) => ({
    keys: input(cacheName.past(i, "keys"), shape),
    values: input(cacheName.past(i, "values"), shape),
  }));
}

/**
 * What a program must know of the places `start .. start + length - 1`: their angles, and their
 * positions where attention asks who comes first, or a table is read at them.
 *
 * @param offset how many places the first block lacks at its beginning, for blocks that don't begin
 * at place 0
 */
export function placeInputs(
  config: TransformerConfig,
  { length, start = 0, offset = 0 }: { length: number; start?: number; offset?: number },
): Record<string, Value> {
  const places = positionsOf(length, start);
  const angles = config.learnedPositions ? {} : rotaryTable(places, rotaryOf(config));
  const asked = config.attention.kind !== "bidirectional" || config.learnedPositions !== undefined;
  if (!asked) return { ...angles };
  return { positions: integers([length], positionsOf(length, start + offset)), ...angles };
}
