/**
 * A network that sees the whole canvas, with a cache that is only nearly right (Fast-dLLM, Wu et al.
 * 2025). Keys and values of places outside the block at hand change a little with every token that is
 * written in it; these caches leave them as they were when the block began.
 *
 * - `prefix`: keeps what lies before the block, and computes the block and everything behind it
 * - `dual`: keeps what lies before and behind the block, and computes the block alone
 *
 * The first pass of each block is whole and exact, and renews the cache. One denoiser remembers one
 * canvas: give each `sample()` its own.
 *
 * @module
 */
import { cachedInputs } from "../../model/network.ts";
import { blockOf } from "../../sample/denoiser.ts";
import type { Denoiser, PredictRequest } from "../../sample/denoiser.ts";
import { integers } from "../../tensor/index.ts";
import type { Executable, Value } from "../../tensor/index.ts";
import type { OpenDenoiser } from "./cached.ts";
import { freshOutputs, keyValueCache } from "./key-values.ts";
import {
  beliefInputs,
  compileCanvas,
  networkTraits,
  rowOf,
  timeInputs,
} from "./network-options.ts";
import type { NetworkOptions } from "./network-options.ts";
import { rowReading, surveyReading } from "./reading.ts";
import type { Reading } from "./reading.ts";
import { beliefFrom, windowStart } from "./window.ts";

/** What is kept outside the block at hand. */
export const approximateCaches = ["prefix", "dual"] as const;
export type ApproximateCache = (typeof approximateCaches)[number];

/** Makes denoisers that share the weights and have a cache each. */
export async function approximateDenoisers(
  options: NetworkOptions,
  kind: ApproximateCache,
): Promise<OpenDenoiser> {
  const executable = await compileCanvas(options, { cache: true });
  return () => approximateDenoiser(executable, options, kind);
}

/** The places of a pass, and what it sees beside them. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly past: Readonly<Record<string, Value>>;
}

function approximateDenoiser(
  executable: Executable,
  options: NetworkOptions,
  kind: ApproximateCache,
): Denoiser {
  const { config, window } = options;
  const fresh = freshOutputs(config);
  const cache = keyValueCache(config);
  let begin = -1;
  /** The block whose cache is held. */
  let current = { start: -1, end: -1 };
  let piece: Piece | undefined;

  const run = (
    request: PredictRequest,
    { start, end, past }: Piece,
    outputs: readonly string[],
  ): Promise<Record<string, Value>> => {
    const { canvas, places, time, belief } = request;
    const length = end - start;
    const rows = places.map((place) => Math.max(0, rowOf(config, place) - start));
    return executable.run(
      {
        tokens: integers([1, length], canvas.slice(start, end)),
        rows: integers([rows.length], rows),
        ...cachedInputs(config, length, [{ start }]),
        ...timeInputs(options, [time]),
        ...beliefInputs(options, length, [beliefFrom(belief, start)]),
        ...past,
      },
      { outputs },
    );
  };

  const ask = async <T>(request: PredictRequest, reading: Reading<T>): Promise<T> => {
    const { places, canvas: whole } = request;
    const block = blockOf(request);
    const first = windowStart(places[0]!, window);
    const canvas = whole.subarray(first, first + window);
    const inside = {
      ...request,
      canvas,
      places: places.map((place) => place - first),
      belief: beliefFrom(request.belief, first),
    };
    if (first === begin && block.start === current.start && block.end === current.end)
      return reading.take(await run(inside, piece!, reading.outputs), 0, inside);

    cache.truncate(0);
    const all = { start: 0, end: canvas.length, past: cache.around(0, 0) };
    const results = await run(inside, all, [...reading.outputs, ...fresh]);
    cache.append(results, 0, canvas.length);
    [begin, current] = [first, block];
    const start = block.start - first;
    const end = kind === "dual" ? Math.min(block.end - first, canvas.length) : canvas.length;
    piece = { start, end, past: cache.around(start, end) };
    return reading.take(results, 0, inside);
  };
  const rows = rowReading(options);
  const traits = networkTraits(options);
  return {
    ...traits,
    turnOf: (place) => windowStart(place, window),
    predict: (request) => ask(request, rows),
    survey: traits.surveyWidth ? (request) => ask(request, surveyReading) : undefined,
  };
}
