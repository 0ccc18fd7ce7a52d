/**
 * The transformer as programs: over windows of one fixed length, which training and scoring run,
 * and over canvases of any length, which sampling runs.
 *
 * @module
 */
import { pairedMask } from "../nn/attention-mask.ts";
import type { KeyValues } from "../nn/attention.ts";
import type { Parameters } from "../nn/parameter.ts";
import { parameterInputs } from "../nn/parameter.ts";
import { positionsOf, rotaryTable } from "../nn/rotary.ts";
import { timeFeatureCount } from "../nn/time.ts";
import {
  add,
  concat,
  constant,
  floats,
  gather,
  input,
  integers,
  logSoftmax,
  multiplyDims,
  program,
  reshape,
  slice,
} from "../tensor/index.ts";
import type { Program, Tensor, Value } from "../tensor/index.ts";
import { headSize, transformer, transformerParameters } from "./transformer.ts";
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
    const table = rotaryTable(places, headSize(config), config.rotaryBase);
    return transformer(config, parameters, {
      tokens,
      positions: constant(integers([places.length], places)),
      cosines: constant(table.cosines),
      sines: constant(table.sines),
      dropout,
      ...more,
    }).logits;
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

/** Minus infinity (as far as float32's softmax can tell) on one token's logit. */
export function forbid(logits: Tensor, token: number): Tensor {
  const vocabulary = logits.shape.at(-1) as number;
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
  present: (layer: number, part: keyof KeyValues): string => `present.${layer}.${part}`,
} as const;

/**
 * What the network says at chosen rows of canvases of any size.
 *
 * Inputs: the weights; `tokens` int32 [batch, length]; what {@link placeInputs} makes; `rows` int32
 * [rows], places counted through the batch (`batch index * length + place`); with time conditioning
 * `time` [batch, 256]; with a cache the past keys and values.
 * Outputs: `answers` [rows, vocabulary]; with a cache the present keys and values.
 *
 * @param options.answer from logits to answers: log-probabilities of x0, or what a system asks for
 */
export function canvasProgram(
  config: TransformerConfig,
  options: { answer: (logits: Tensor) => Tensor; cache: boolean },
): Program {
  const batch = options.cache ? 1 : "batch";
  const size = headSize(config);
  const keyLength = options.cache ? "past+length" : "length";
  const positions = input("positions", ["length"], "int32");
  const rows = input("rows", ["rows"], "int32");
  const { logits, present } = transformer(config, parameterInputs(transformerParameters(config)), {
    tokens: input("tokens", [batch, "length"], "int32"),
    positions,
    keyPositions: options.cache ? input("keyPositions", [keyLength], "int32") : positions,
    cosines: input("cosines", ["length", size / 2]),
    sines: input("sines", ["length", size / 2]),
    time: config.conditionWidth ? input("time", [batch, timeFeatureCount]) : undefined,
    past: options.cache ? pastInputs(config) : undefined,
    select: (hidden) => gather(reshape(hidden, flat(hidden)), rows),
  });
  const presents = present.flatMap((layer, i) =>
    (["keys", "values"] as const).map((part) => [cacheName.present(i, part), layer[part]] as const),
  );
  const answers = options.answer(logits);
  const cached = options.cache ? Object.fromEntries(presents) : {};
  return program({ name: "canvas", outputs: { answers, ...cached } });
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
 * Angles of the places `start .. start + length - 1`, and their positions where attention asks who
 * comes first.
 */
export function placeInputs(
  config: TransformerConfig,
  length: number,
  start = 0,
): Record<string, Value> {
  const places = positionsOf(length, start);
  const table = rotaryTable(places, headSize(config), config.rotaryBase);
  if (config.attention.kind === "bidirectional") return { ...table };
  return { positions: integers([length], places), ...table };
}
