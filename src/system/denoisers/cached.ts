/**
 * A network whose places see only what was written before their block, as the sampler's denoiser,
 * with an exact key/value cache. A causal network is the case of blocks of one place, read shifted by
 * one.
 *
 * Keys and values of finished blocks don't depend on what follows, so what was computed for one canvas
 * is reused as far as the next one agrees with it. The block at hand is computed anew in every pass;
 * when it is finished, it takes part in the first pass of the next one, and storing it costs no pass
 * of its own. One denoiser remembers one canvas: give each `sample()` its own.
 *
 * Canvases may be longer than the windows that the network was trained on. A place is then predicted
 * from a window that begins as in training, and moves on by half a window at a time, in whole blocks:
 * each place sees at least half a window, and most keys are computed once.
 *
 * @module
 */
import { cacheName, canvasProgram, logProbsWithout, placeInputs } from "../../model/network.ts";
import { headSize } from "../../model/transformer.ts";
import type { TransformerConfig } from "../../model/transformer.ts";
import { positionsOf } from "../../nn/rotary.ts";
import { shiftRight } from "../../objective/next-token.ts";
import type { Denoiser, PredictRequest } from "../../sample/denoiser.ts";
import { floats, integers } from "../../tensor/index.ts";
import type { Executable, Value } from "../../tensor/index.ts";
import { rowsOf, timeInputs } from "./canvas.ts";
import type { NetworkOptions } from "./canvas.ts";
import { windowStart } from "./window.ts";

export interface CachedOptions extends NetworkOptions {
  /** The token that stands before the first place, for networks that read shifted by one. */
  readonly beginId: number;
  /** False computes every pass from the start, to measure what the cache saves. Default true. */
  readonly cache?: boolean | undefined;
}

/** Makes denoisers that share the weights and have a cache each. */
export async function cachedDenoisers(options: CachedOptions): Promise<() => Denoiser> {
  const { runtime, config, weights, maskId } = options;
  const program = canvasProgram(config, { answer: logProbsWithout(maskId), cache: true });
  const executable = await runtime.compile(program, { constants: weights });
  return () => cachedDenoiser(executable, options);
}

function cachedDenoiser(executable: Executable, options: CachedOptions): Denoiser {
  const { config, system, maskId, beginId, window, cache: keep = true } = options;
  const { vocabulary, attention } = config;
  const shifted = system.sees === "before";
  const block = attention.kind === "block" ? attention.size : 1;
  let start = 0;
  let read = new Int32Array(0);
  let cache = emptyCache(config);
  /** Rows for places that one window holds, counted from its start. */
  const predictWithin = async ({ canvas, places, time }: PredictRequest): Promise<Float32Array> => {
    const end = blockStart(places.at(-1)!, block) + block;
    const tokens = (shifted ? shiftRight(canvas, beginId) : canvas).slice(0, end);
    // Rows of asked places must be computed, even where their keys are known.
    const agreed = keep ? Math.min(commonPrefix(read, tokens), places[0]!) : 0;
    const known = blockStart(agreed, block);
    const length = tokens.length - known;
    const results = await executable.run({
      tokens: integers([1, length], tokens.slice(known)),
      rows: integers(
        [places.length],
        places.map((place) => place - known),
      ),
      ...placeInputs(config, length, known),
      ...timeInputs(options, [time]),
      keyPositions: integers([tokens.length], positionsOf(tokens.length)),
      ...trim(cache, known),
    });
    read = tokens;
    cache = presentAsPast(config, results);
    return rowsOf(results["answers"]!, vocabulary, maskId);
  };
  return {
    vocabulary,
    maskId,
    maxLength: undefined,
    process: system.process,
    // A shifted network writes in any order that its rule asks for: it sees nothing to the right.
    turnOf: shifted ? undefined : (place) => blockStart(place, block),
    async predict({ canvas, places, time }) {
      const answer = new Float32Array(places.length * vocabulary);
      for (let from = 0, to = 0; from < places.length; from = to) {
        const begin = windowStart(places[from]!, window, block);
        while (to < places.length && windowStart(places[to]!, window, block) === begin) to += 1;
        if (begin !== start) read = new Int32Array(0);
        start = begin;
        const inside = places.subarray(from, to).map((place) => place - begin);
        answer.set(
          await predictWithin({ canvas: canvas.subarray(begin), places: inside, time }),
          from * vocabulary,
        );
      }
      return answer;
    },
  };
}

const blockStart = (place: number, block: number): number => place - (place % block);

const parts = ["keys", "values"] as const;

function emptyCache(config: TransformerConfig): Record<string, Value> {
  const empty = floats([1, config.keyValueHeads, 0, headSize(config)], new Float32Array(0));
  return mapLayers(config, () => empty);
}

function presentAsPast(
  config: TransformerConfig,
  results: Readonly<Record<string, Value>>,
): Record<string, Value> {
  return mapLayers(config, (layer, part) => results[cacheName.present(layer, part)]!);
}

function mapLayers(
  { layers }: TransformerConfig,
  value: (layer: number, part: (typeof parts)[number]) => Value,
): Record<string, Value> {
  const entries = Array.from({ length: layers }, (_, layer) =>
    parts.map((part) => [cacheName.past(layer, part), value(layer, part)] as const),
  );
  return Object.fromEntries(entries.flat());
}

/** The first `length` positions of a cache. */
function trim(cache: Readonly<Record<string, Value>>, length: number): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(cache).map(([name, value]) => [name, trimValue(value, length)]),
  );
}

function trimValue(value: Value, length: number): Value {
  const [batch, heads, held, size] = value.shape as [number, number, number, number];
  if (held === length) return value;
  const data = new Float32Array(batch * heads * length * size);
  for (let head = 0; head < batch * heads; head++)
    data.set(
      value.data.subarray(head * held * size, (head * held + length) * size),
      head * length * size,
    );
  return floats([batch, heads, length, size], data);
}

function commonPrefix(a: Int32Array, b: Int32Array): number {
  const end = Math.min(a.length, b.length);
  let length = 0;
  while (length < end && a[length] === b[length]) length += 1;
  return length;
}
