/**
 * The transformer as programs: over windows of one fixed length, which training and scoring run,
 * and over canvases of any length, which sampling runs.
 *
 * @module
 */
import type { KeyValues } from "../nn/attention.ts";
import type { Parameters } from "../nn/parameter.ts";
import { parameterInputs } from "../nn/parameter.ts";
import { positionsOf, rotaryTable } from "../nn/rotary.ts";
import { timeFeatureCount } from "../nn/time.ts";
import {
  add,
  constant,
  floats,
  gather,
  input,
  integers,
  logSoftmax,
  multiplyDims,
  program,
  reshape,
} from "../tensor/index.ts";
import type { Program, Tensor, Value } from "../tensor/index.ts";
import { headSize, transformer, transformerParameters } from "./transformer.ts";
import type { TransformerConfig } from "./transformer.ts";

/** Tokens int32 [batch, length], and time features [batch, 256] if it takes them, to logits. */
export type Network = (tokens: Tensor, time?: Tensor) => Tensor;

/** A network whose positions are 0 .. length - 1, as constants of the graph. */
export function fixedNetwork(
  config: TransformerConfig,
  parameters: Parameters,
  length: number,
  dropout?: (x: Tensor) => Tensor,
): Network {
  const places = positionsOf(length);
  const table = rotaryTable(places, headSize(config), config.rotaryBase);
  const positions = constant(integers([length], places));
  const cosines = constant(table.cosines);
  const sines = constant(table.sines);
  return (tokens, time) =>
    transformer(config, parameters, { tokens, positions, cosines, sines, time, dropout }).logits;
}

/** Minus infinity (as far as float32's softmax can tell) on one token's logit. */
export function forbid(logits: Tensor, token: number): Tensor {
  const vocabulary = logits.shape.at(-1) as number;
  const bias = new Float32Array(vocabulary);
  bias[token] = -1e9;
  return add(logits, constant(floats([vocabulary], bias)));
}

/** Names of the cache's inputs and outputs. */
export const cacheName = {
  past: (layer: number, part: keyof KeyValues): string => `past.${layer}.${part}`,
  present: (layer: number, part: keyof KeyValues): string => `present.${layer}.${part}`,
} as const;

/**
 * Log-probabilities of x0 at chosen rows of canvases of any size.
 *
 * Inputs: the weights; `tokens` int32 [batch, length]; what {@link placeInputs} makes; `rows` int32
 * [rows], places counted through the batch (`batch index * length + place`); with time conditioning
 * `time` [batch, 256]; with a cache the past keys and values.
 * Outputs: `logProbs` [rows, vocabulary]; with a cache the present keys and values.
 *
 * @param options.never a token that gets probability 0: the mask
 */
export function canvasProgram(
  config: TransformerConfig,
  options: { never: number; cache: boolean },
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
  const logProbs = logSoftmax(forbid(logits, options.never));
  const cached = options.cache ? Object.fromEntries(presents) : {};
  return program({ name: "canvas", outputs: { logProbs, ...cached } });
}

const flat = ({ shape }: Tensor) => [multiplyDims(shape.slice(0, -1)), shape.at(-1)!];

function pastInputs(config: TransformerConfig): KeyValues[] {
  const shape = [1, config.keyValueHeads, "past", headSize(config)];
  return Array.from({ length: config.layers }, (_, i) => ({
    keys: input(cacheName.past(i, "keys"), shape),
    values: input(cacheName.past(i, "values"), shape),
  }));
}

/** Positions and angles of the places `start .. start + length - 1`. */
export function placeInputs(
  config: TransformerConfig,
  length: number,
  start = 0,
): Record<"positions" | "cosines" | "sines", Value> {
  const places = positionsOf(length, start);
  const table = rotaryTable(places, headSize(config), config.rotaryBase);
  return { positions: integers([length], places), ...table };
}
