/**
 * A network that sees the whole canvas, as the sampler's denoiser.
 *
 * Canvases may be longer than the windows that the network was trained on. A place is then predicted
 * from one window of the training length: the first, or one that begins half a window further, and so
 * on. Later windows wait for earlier ones, so that half of what each sees is finished text: MDLM's
 * semi-autoregressive generation (Sahoo et al. 2024, section 5.3), with a stride of half a window.
 *
 * @module
 */
import { canvasProgram, logProbsWithout, placeInputs } from "../../model/network.ts";
import type { TransformerConfig } from "../../model/transformer.ts";
import { timeFeatures } from "../../nn/time.ts";
import type { BatchDenoiser, PredictRequest } from "../../sample/denoiser.ts";
import { integers } from "../../tensor/index.ts";
import type { Runtime, Tensor, Value } from "../../tensor/index.ts";
import type { System } from "../system.ts";
import { splitByWindow, windowStart } from "./window.ts";

export interface NetworkOptions {
  readonly runtime: Runtime;
  readonly system: System;
  readonly config: TransformerConfig;
  readonly weights: Readonly<Record<string, Value>>;
  readonly maskId: number;
  /** Tokens of a window in training. */
  readonly window: number;
}

/** Answers for several canvases at once; canvases of different lengths go in separate passes. */
export async function canvasDenoiser(options: NetworkOptions): Promise<BatchDenoiser> {
  const { runtime, system, config, weights, maskId, window } = options;
  const { vocabulary } = config;
  const scores = system.answers === "score";
  const answer = scores ? (logits: Tensor) => logits : logProbsWithout(maskId);
  const program = canvasProgram(config, { answer, cache: false });
  const executable = await runtime.compile(program, { constants: weights });

  const predictEqual = async (requests: readonly PredictRequest[]): Promise<Float32Array[]> => {
    const length = requests[0]!.canvas.length;
    const tokens = new Int32Array(requests.length * length);
    requests.forEach(({ canvas }, i) => tokens.set(canvas, i * length));
    const rows = requests.flatMap(({ places }, i) => Array.from(places, (p) => i * length + p));
    const { answers } = await executable.run({
      tokens: integers([requests.length, length], tokens),
      rows: integers([rows.length], rows),
      ...placeInputs(config, length),
      ...timeInputs(
        options,
        requests.map(({ time }) => time),
      ),
    });
    const all = rowsOf(answers!, vocabulary, maskId);
    let start = 0;
    return requests.map((request) => {
      start += request.places.length * vocabulary;
      const mine = all.subarray(start - request.places.length * vocabulary, start);
      if (scores) toLogScores(mine, request, options);
      return mine;
    });
  };

  const predictAll = async (requests: readonly PredictRequest[]): Promise<Float32Array[]> => {
    const answers = new Array<Float32Array>(requests.length);
    const lengths = new Set(requests.map(({ canvas }) => canvas.length));
    for (const length of lengths) {
      const group = [...requests.keys()].filter((i) => requests[i]!.canvas.length === length);
      const results = await predictEqual(group.map((i) => requests[i]!));
      group.forEach((i, at) => (answers[i] = results[at]!));
    }
    return answers;
  };

  return {
    vocabulary,
    maskId,
    maxLength: undefined,
    process: system.process,
    answers: system.answers,
    turnOf: (place) => windowStart(place, window),
    async predictBatch(requests) {
      const parts = requests.map((request) => splitByWindow(request, window));
      const answers = await predictAll(parts.flat());
      let next = 0;
      return parts.map((part) => joined(answers.slice(next, (next += part.length))));
    },
  };
}

/** One array of several. */
function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    all.set(part, start);
    start += part.length;
  }
  return all;
}

/** What a network with a time condition is told; one that isn't told has the condition of no noise. */
export function timeInputs(
  { config, system }: Pick<NetworkOptions, "config" | "system">,
  times: readonly number[],
): Record<string, Value> {
  if (config.conditionWidth === 0) return {};
  return { time: timeFeatures(times.map((time) => system.tell?.(time) ?? 0)) };
}

/** The rows of an answer, with the mask's column at minus infinity. */
export function rowsOf({ data }: Value, vocabulary: number, maskId: number): Float32Array {
  const rows = data instanceof Float32Array ? data : Float32Array.from(data);
  for (let i = maskId; i < rows.length; i += vocabulary) rows[i] = -Infinity;
  return rows;
}

/** A network's outputs as log-scores: shifted by the time, and 0 for the token that stands there. */
function toLogScores(
  rows: Float32Array,
  { canvas, places, time }: PredictRequest,
  { system, config: { vocabulary } }: NetworkOptions,
): void {
  const shift = system.scoreShift?.(time) ?? 0;
  for (let i = 0; i < rows.length; i++) rows[i]! -= shift;
  places.forEach((place, i) => (rows[i * vocabulary + canvas[place]!] = 0));
}
