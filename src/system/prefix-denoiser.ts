/**
 * A causal network as the sampler's denoiser, with an exact key/value cache.
 *
 * Keys and values of a prefix don't depend on what follows, so what was computed for one canvas is
 * reused as far as the next one agrees with it. One denoiser remembers one canvas: give each
 * `sample()` its own.
 *
 * @module
 */
import { cacheName, canvasProgram, placeInputs } from "../model/network.ts";
import { headSize } from "../model/transformer.ts";
import type { TransformerConfig } from "../model/transformer.ts";
import { positionsOf } from "../nn/rotary.ts";
import { shiftRight } from "../objective/next-token.ts";
import type { Denoiser } from "../sample/denoiser.ts";
import { floats, integers } from "../tensor/index.ts";
import type { Executable, Value } from "../tensor/index.ts";
import { rowsOf } from "./canvas-denoiser.ts";
import type { NetworkOptions } from "./canvas-denoiser.ts";

/** Makes denoisers that share the weights and have a cache each. */
export async function prefixDenoisers(
  options: NetworkOptions & { beginId: number },
): Promise<() => Denoiser> {
  const { runtime, config, weights, maskId } = options;
  const program = canvasProgram(config, { never: maskId, cache: true });
  const executable = await runtime.compile(program, { constants: weights });
  return () => prefixDenoiser(executable, options);
}

function prefixDenoiser(
  executable: Executable,
  { config, maskId, beginId }: NetworkOptions & { beginId: number },
): Denoiser {
  const { vocabulary } = config;
  let read = new Int32Array(0);
  let cache = emptyCache(config);
  return {
    vocabulary,
    maskId,
    maxLength: undefined,
    async predict({ canvas, places }) {
      const last = places.at(-1)!;
      const tokens = shiftRight(canvas, beginId).subarray(0, last + 1);
      // Rows of asked places must be computed, even where their keys are known.
      const known = Math.min(commonPrefix(read, tokens), places[0]!);
      const past = trim(cache, known);
      const length = tokens.length - known;
      const results = await executable.run({
        tokens: integers([1, length], tokens.slice(known)),
        rows: integers(
          [places.length],
          places.map((place) => place - known),
        ),
        ...placeInputs(config, length, known),
        keyPositions: integers([tokens.length], positionsOf(tokens.length)),
        ...past,
      });
      read = tokens.slice();
      cache = presentAsPast(config, results);
      return rowsOf(results["logProbs"]!, vocabulary, maskId);
    },
  };
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
