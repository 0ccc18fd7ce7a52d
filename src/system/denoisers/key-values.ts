/**
 * Keys and values that were computed before, of one canvas: a cache that programs read as their past.
 *
 * @module
 */
import { cacheName } from "../../model/network.ts";
import type { TransformerConfig } from "../../model/transformer.ts";
import { headSize } from "../../nn/attention.ts";
import { floats } from "../../tensor/index.ts";
import type { Value } from "../../tensor/index.ts";

type Results = Readonly<Record<string, Value>>;

export interface KeyValueCache {
  /** How many places are held: always the first ones of a canvas. */
  readonly length: number;
  /** Takes the first `count` of a pass's new places in, behind those that are held. */
  append(results: Results, count: number): void;
  /** Forgets all but the first `length` places. */
  truncate(length: number): void;
  /** The inputs of a pass that begins behind the first `length` places. */
  past(): Record<string, Value>;
  /** Those without the places from `start` to `end`: what a pass over these sees around them. */
  around(start: number, end: number): Record<string, Value>;
}

/** Room is made for so many more places than are needed. */
const spare = 64;

/** An empty cache of a network. */
export function keyValueCache(config: TransformerConfig): KeyValueCache {
  const { layers, keyValueHeads: heads } = config;
  const size = headSize(config);
  const names = Array.from({ length: layers }, (_, layer) =>
    (["keys", "values"] as const).map((part) => ({
      past: cacheName.past(layer, part),
      fresh: cacheName.fresh(layer, part),
    })),
  ).flat();
  /** [heads, room, size] for each name. */
  let held = names.map(() => new Float32Array(0));
  let room = 0;
  let length = 0;

  /** Rows `from .. to` of every head of an array with `stride` rows a head, put behind `at`. */
  const copyRows = (
    source: Float32Array,
    stride: number,
    [from, to]: readonly [number, number],
    target: Float32Array,
    [targetStride, at]: readonly [number, number],
  ): void => {
    for (let head = 0; head < heads; head++)
      target.set(
        source.subarray((head * stride + from) * size, (head * stride + to) * size),
        (head * targetStride + at) * size,
      );
  };
  const grow = (needed: number): void => {
    if (needed <= room) return;
    const wider = needed + spare;
    held = held.map((old) => {
      const array = new Float32Array(heads * wider * size);
      copyRows(old, room, [0, length], array, [wider, 0]);
      return array;
    });
    room = wider;
  };
  const view = (parts: readonly (readonly [number, number])[]): Record<string, Value> => {
    const count = parts.reduce((sum, [from, to]) => sum + to - from, 0);
    const entries = names.map(({ past }, i) => {
      const data = new Float32Array(heads * count * size);
      let at = 0;
      for (const [from, to] of parts) {
        copyRows(held[i]!, room, [from, to], data, [count, at]);
        at += to - from;
      }
      return [past, floats([1, heads, count, size], data)] as const;
    });
    return Object.fromEntries(entries);
  };
  return {
    get length() {
      return length;
    },
    append(results, count) {
      grow(length + count);
      names.forEach(({ fresh }, i) => {
        const { data, shape } = results[fresh]!;
        copyRows(data as Float32Array, shape[2]!, [0, count], held[i]!, [room, length]);
      });
      length += count;
    },
    truncate(to) {
      length = Math.min(length, to);
    },
    past: () => view([[0, length]]),
    around: (start, end) =>
      view([
        [0, start],
        [end, length],
      ]),
  };
}

/** The outputs that {@link KeyValueCache.append} reads. */
export const freshOutputs = ({ layers }: TransformerConfig): readonly string[] =>
  Array.from({ length: layers }, (_, layer) =>
    (["keys", "values"] as const).map((part) => cacheName.fresh(layer, part)),
  ).flat();
