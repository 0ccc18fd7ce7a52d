/**
 * What is taken out of a forward pass: whole rows, or a survey of them. Only what is taken comes to
 * the host.
 *
 * @module
 */
import { surveyOutputs } from "../../model/network.ts";
import type { PredictRequest, Survey } from "../../sample/denoiser.ts";
import type { Value } from "../../tensor/index.ts";
import type { NetworkOptions } from "./network-options.ts";

type Results = Readonly<Record<string, Value>>;

/** A way of taking answers. */
export interface Reading<T> {
  /** The program's outputs that it needs. */
  readonly outputs: readonly string[];
  /** The answer to one request, whose rows begin at `from`. */
  take(results: Results, from: number, request: PredictRequest): T;
  /** One answer of several: rows behind one another. */
  join(parts: readonly T[]): T;
}

/** Rows of log-probabilities of x0, or of log-scores. */
export function rowReading(options: NetworkOptions): Reading<Float32Array> {
  const { config, maskId, system } = options;
  const { vocabulary: width } = config;
  const vocabulary = Math.max(width, maskId + 1);
  return {
    outputs: ["answers"],
    take(results, from, request) {
      const { places } = request;
      const all = floatsOf(results["answers"]!);
      const rows = widened(all.subarray(from * width, (from + places.length) * width), {
        width,
        vocabulary,
      });
      for (let i = maskId; i < rows.length; i += vocabulary) rows[i] = -Infinity;
      if (system.answers === "score") toLogScores(rows, request, options);
      return rows;
    },
    join: joined,
  };
}

/** Rows with a column for a mask that the network itself doesn't know. */
function widened(
  rows: Float32Array,
  { width, vocabulary }: { width: number; vocabulary: number },
): Float32Array {
  if (vocabulary === width) return rows;
  const wide = new Float32Array((rows.length / width) * vocabulary);
  for (let row = 0; row * width < rows.length; row++)
    wide.set(rows.subarray(row * width, (row + 1) * width), row * vocabulary);
  return wide;
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

/** Below this, a logarithm is that of the mask, which is never proposed. */
const impossible = -1e8;

/** The likeliest tokens of each row. */
export const surveyReading: Reading<Survey> = {
  outputs: surveyOutputs,
  take({ likeliest, logProbs, entropies }, from, { places }) {
    const width = likeliest!.shape[1]!;
    const part = [from * width, (from + places.length) * width] as const;
    const tokens = Int32Array.from(likeliest!.data.subarray(...part));
    const taken = floatsOf(logProbs!).subarray(...part);
    return {
      tokens,
      logProbs: taken.map((logProb) => (logProb < impossible ? -Infinity : logProb)),
      entropies: floatsOf(entropies!).subarray(from, from + places.length),
      width,
    };
  },
  join(parts) {
    const [first] = parts;
    if (parts.length === 1) return first!;
    return {
      tokens: Int32Array.from(parts.flatMap(({ tokens }) => [...tokens])),
      logProbs: joined(parts.map(({ logProbs }) => logProbs)),
      entropies: joined(parts.map(({ entropies }) => entropies)),
      width: first!.width,
    };
  },
};

const floatsOf = ({ data }: Value): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data);

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
