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
  less,
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
import type { Program, Shape, Tensor, Value } from "../tensor/index.ts";
import { rotaryOf, transformer, transformerParameters } from "./transformer.ts";
import type {
  BackboneConfig,
  BackboneInputs,
  TransformerConfig,
  TransformerInputs,
} from "./transformer.ts";

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
  /** What was thought of the tokens before, probabilities [batch, length, vocabulary]. Default: nothing. */
  readonly belief?: Tensor | undefined;
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
    const inputs = { tokens, ...fixedPlaces(config, places), dropout, ...more };
    const { logits } = transformer(config, parameters, inputs);
    return config.predictsNext ? aboutOwn(logits) : logits;
  };
  const places = positionsOf(length);
  return (tokens, { time, present, clean, belief } = {}) => {
    if (!clean) return run(tokens, places, { time, present, belief });
    // Noisy half, then clean half; positions begin anew, and only the first half is predicted.
    return run(concat([tokens, clean], 1), Int32Array.of(...places, ...places), {
      time,
      belief,
      mask: constant(pairedMask(config.attention, length)),
      select: (hidden) => slice(hidden, 1, 0, length),
    });
  };
}

/**
 * Places as constants of a graph: what a backbone must know of them.
 *
 * @param turns by what positions they are turned, where these aren't their own
 */
export function fixedPlaces(
  config: BackboneConfig,
  places: Int32Array,
  turns: ArrayLike<number> = places,
): Pick<BackboneInputs, "positions" | "cosines" | "sines"> {
  const positions = constant(integers([places.length], places));
  if (config.learnedPositions) return { positions };
  const { cosines, sines } = rotaryTable(turns, rotaryOf(config));
  return { positions, cosines: constant(cosines), sines: constant(sines) };
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
 * Inputs: the weights; `tokens` int32 [batch, length]; `rows` int32 [rows], places counted through the batch
 * (`batch index * length + place`); with time conditioning `time` [batch, 256], with
 * self-conditioning `belief` [batch, length, vocabulary]; without a cache what
 * {@link wholeInputs} makes, with one what {@link cachedInputs} makes, the past keys and values, and
 * `pastPositions` int32 [batch, past], {@link nowhere} where nothing is held.
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
  const rows = input("rows", ["rows"], "int32");
  const { logits, fresh } = transformer(config, parameterInputs(transformerParameters(config)), {
    tokens: input("tokens", ["batch", "length"], "int32"),
    ...(options.cache ? cachedPlaces(config) : wholePlaces(config)),
    time: config.conditionWidth ? input("time", ["batch", timeFeatureCount]) : undefined,
    belief: config.selfConditions
      ? input("belief", ["batch", "length", config.vocabulary])
      : undefined,
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

type PlaceTensors = Pick<
  TransformerInputs,
  "positions" | "keyPositions" | "cosines" | "sines" | "present" | "past"
>;

/** The places of whole canvases, the same in each of the batch. */
function wholePlaces(config: TransformerConfig): PlaceTensors {
  return { positions: input("positions", ["length"], "int32"), ...angleInputs(config, []) };
}

/** New places of canvases that are each at a place of its own, and what was computed before of each. */
function cachedPlaces(config: TransformerConfig): PlaceTensors {
  const shape = ["batch", config.keyValueHeads, "past", headSize(config)];
  const positions = input("positions", ["batch", "length"], "int32");
  const keyPositions = concat([input("pastPositions", ["batch", "past"], "int32"), positions], 1);
  const seesAll = config.attention.kind === "bidirectional";
  return {
    positions,
    keyPositions,
    ...(seesAll ? { present: less(keyPositions, nowhere) } : {}),
    ...angleInputs(config, ["batch", 1]),
    past: Array.from({ length: config.layers }, (_, i) => ({
      keys: input(cacheName.past(i, "keys"), shape),
      values: input(cacheName.past(i, "values"), shape),
    })),
  };
}

function angleInputs(config: TransformerConfig, leading: Shape) {
  if (config.learnedPositions) return {};
  const shape = [...leading, "length", rotaryOf(config).size / 2];
  return { cosines: input("cosines", shape), sines: input("sines", shape) };
}

/** The position of a place of the past that holds nothing: behind all others. */
export const nowhere = 2 ** 30;

/** What a program without a cache must know of whole canvases: the first `length` places. */
export function wholeInputs(config: TransformerConfig, length: number): Record<string, Value> {
  const places = positionsOf(length);
  const angles = config.learnedPositions ? {} : rotaryTable(places, rotaryOf(config));
  const asked = config.attention.kind !== "bidirectional" || config.learnedPositions !== undefined;
  return { ...(asked ? { positions: integers([length], places) } : {}), ...angles };
}

/** Where the new places of one canvas of a batch begin. */
export interface PlaceStart {
  readonly start: number;
  /** How many places its first block lacks at the beginning, for blocks that don't begin at place 0. */
  readonly offset?: number | undefined;
}

/** What a program with a cache must know of `length` new places of each canvas of a batch. */
export function cachedInputs(
  config: TransformerConfig,
  length: number,
  canvases: readonly PlaceStart[],
): Record<string, Value> {
  const places = (from: (canvas: PlaceStart) => number): Int32Array =>
    Int32Array.from(canvases.flatMap((canvas) => [...positionsOf(length, from(canvas))]));
  const positions = places(({ start, offset = 0 }) => start + offset);
  const shared = { positions: integers([canvases.length, length], positions) };
  if (config.learnedPositions) return shared;
  const { cosines, sines } = rotaryTable(
    places(({ start }) => start),
    rotaryOf(config),
  );
  const shape = [canvases.length, 1, length, cosines.shape[1]!];
  return { ...shared, cosines: { ...cosines, shape }, sines: { ...sines, shape } };
}
