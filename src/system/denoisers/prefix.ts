/**
 * A causal network as the sampler's denoiser, with an exact key/value cache.
 *
 * Keys and values of a prefix don't depend on what follows, so what was computed for one canvas is
 * reused as far as the next one agrees with it. One denoiser remembers one canvas: give each
 * `sample()` its own.
 *
 * Canvases may be longer than the windows that the network was trained on. A place is then predicted
 * from a window that begins with the begin token, as in training, and moves on by half a window at a
 * time: each place sees at least half a window, and most keys are computed once.
 *
 * @module
 */
import { cacheName, canvasProgram, placeInputs } from "../../model/network.ts";
import { headSize } from "../../model/transformer.ts";
import type { TransformerConfig } from "../../model/transformer.ts";
import { positionsOf } from "../../nn/rotary.ts";
import { shiftRight } from "../../objective/next-token.ts";
import type { Denoiser } from "../../sample/denoiser.ts";
import { floats, integers } from "../../tensor/index.ts";
import type { Executable, Value } from "../../tensor/index.ts";
import { rowsOf } from "./canvas.ts";
import type { NetworkOptions } from "./canvas.ts";

export interface PrefixOptions extends NetworkOptions {
  /** The token that stands before the first place. */
  readonly beginId: number;
  /** Tokens of a window in training. */
  readonly window: number;
}

/** Makes denoisers that share the weights and have a cache each. */
export async function prefixDenoisers(options: PrefixOptions): Promise<() => Denoiser> {
  const { runtime, config, weights, maskId } = options;
  const program = canvasProgram(config, { never: maskId, cache: true });
  const executable = await runtime.compile(program, { constants: weights });
  return () => prefixDenoiser(executable, options);
}

function prefixDenoiser(
  executable: Executable,
  { config, maskId, beginId, window }: PrefixOptions,
): Denoiser {
  const { vocabulary } = config;
  let start = 0;
  let read = new Int32Array(0);
  let cache = emptyCache(config);
  /** Rows for places that one window holds, counted from its start. */
  const predictWithin = async (canvas: Int32Array, places: Int32Array): Promise<Float32Array> => {
    const tokens = shiftRight(canvas, beginId).subarray(0, places.at(-1)! + 1);
    // Rows of asked places must be computed, even where their keys are known.
    const known = Math.min(commonPrefix(read, tokens), places[0]!);
    const length = tokens.length - known;
    const results = await executable.run({
      tokens: integers([1, length], tokens.slice(known)),
      rows: integers(
        [places.length],
        places.map((place) => place - known),
      ),
      ...placeInputs(config, length, known),
      keyPositions: integers([tokens.length], positionsOf(tokens.length)),
      ...trim(cache, known),
    });
    read = tokens.slice();
    cache = presentAsPast(config, results);
    return rowsOf(results["logProbs"]!, vocabulary, maskId);
  };
  return {
    vocabulary,
    maskId,
    maxLength: undefined,
    async predict({ canvas, places }) {
      const answer = new Float32Array(places.length * vocabulary);
      for (let from = 0, to = 0; from < places.length; from = to) {
        const begin = windowStart(places[from]!, window);
        while (to < places.length && windowStart(places[to]!, window) === begin) to += 1;
        if (begin !== start) read = new Int32Array(0);
        start = begin;
        const inside = places.subarray(from, to).map((place) => place - begin);
        answer.set(await predictWithin(canvas.subarray(begin), inside), from * vocabulary);
      }
      return answer;
    },
  };
}

/** Where the window begins from which a place is predicted. */
function windowStart(place: number, window: number): number {
  const stride = Math.max(1, Math.floor(window / 2));
  return place < window ? 0 : (Math.floor((place - window) / stride) + 1) * stride;
}

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
