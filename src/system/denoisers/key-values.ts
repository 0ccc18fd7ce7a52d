/**
 * Keys and values that were computed before, of one canvas: a cache that programs read as their past.
 *
 * @module
 */
import { cacheName } from "../../model/network.ts";
import type { TransformerConfig } from "../../model/transformer.ts";
import { headSize } from "../../nn/attention.ts";
import { positionsOf } from "../../nn/rotary.ts";
import { floats, integers } from "../../tensor/index.ts";
import type { Value } from "../../tensor/index.ts";

type Results = Readonly<Record<string, Value>>;

/** A part of an array of heads: `stride` rows a head, the part's first at `at`. */
export interface HeadRows {
  readonly data: Float32Array;
  readonly stride: number;
  readonly at: number;
}

export interface KeyValueCache {
  /** How many places are held: always the first ones of a canvas. */
  readonly length: number;
  /** Changes whenever places that were held are forgotten: copies of an older one are worth nothing. */
  readonly epoch: number;
  /** Takes the first `count` new places of canvas `index` of a pass in, behind those that are held. */
  append(results: Results, index: number, count: number): void;
  /** Forgets all but the first `length` places. */
  truncate(length: number): void;
  /** Copies places `from .. to` of an array, by its place among {@link pastNames}. */
  copy(array: number, from: number, to: number, target: HeadRows): void;
  /** Those without the places from `start` to `end`, as the past of one canvas: what a pass over these sees around them. */
  around(start: number, end: number): Record<string, Value>;
}

/** Room is made for so many more places than are needed. */
const spare = 64;

const layerParts = ({ layers }: TransformerConfig) =>
  Array.from({ length: layers }, (_, layer) =>
    (["keys", "values"] as const).map((part) => [layer, part] as const),
  ).flat();

/** The inputs of a program that hold the past. */
export const pastNames = (config: TransformerConfig): readonly string[] =>
  layerParts(config).map(([layer, part]) => cacheName.past(layer, part));

/** The outputs that {@link KeyValueCache.append} reads. */
export const freshOutputs = (config: TransformerConfig): readonly string[] =>
  layerParts(config).map(([layer, part]) => cacheName.fresh(layer, part));

/** An empty cache of a network. */
export function keyValueCache(config: TransformerConfig): KeyValueCache {
  const heads = config.keyValueHeads;
  const size = headSize(config);
  const [names, fresh] = [pastNames(config), freshOutputs(config)];
  /** [heads, room, size] for each name. */
  let held = names.map(() => new Float32Array(0));
  let room = 0;
  let length = 0;
  let epoch = 0;

  const copyRows = (source: HeadRows, count: number, target: HeadRows): void => {
    for (let head = 0; head < heads; head++) {
      const from = (head * source.stride + source.at) * size;
      target.data.set(
        source.data.subarray(from, from + count * size),
        (head * target.stride + target.at) * size,
      );
    }
  };
  const grow = (needed: number): void => {
    if (needed <= room) return;
    const wider = needed + spare;
    held = held.map((old) => {
      const data = new Float32Array(heads * wider * size);
      copyRows({ data: old, stride: room, at: 0 }, length, { data, stride: wider, at: 0 });
      return data;
    });
    room = wider;
  };
  const copy: KeyValueCache["copy"] = (array, from, to, target) =>
    copyRows({ data: held[array]!, stride: room, at: from }, to - from, target);
  return {
    get length() {
      return length;
    },
    get epoch() {
      return epoch;
    },
    append(results, index, count) {
      grow(length + count);
      fresh.forEach((name, array) => {
        const { data, shape } = results[name]!;
        const [, , stride] = shape as [number, number, number];
        const one = (data as Float32Array).subarray(index * heads * stride * size);
        copyRows({ data: one, stride, at: 0 }, count, {
          data: held[array]!,
          stride: room,
          at: length,
        });
      });
      length += count;
    },
    truncate(to) {
      if (to >= length) return;
      length = to;
      epoch += 1;
    },
    copy,
    around(start, end) {
      const count = start + Math.max(0, length - end);
      const entries = names.map((name, array) => {
        const data = new Float32Array(heads * count * size);
        copy(array, 0, start, { data, stride: count, at: 0 });
        if (length > end) copy(array, end, length, { data, stride: count, at: start });
        return [name, floats([1, heads, count, size], data)] as const;
      });
      const places = [...positionsOf(start), ...positionsOf(count - start, end)];
      return { ...Object.fromEntries(entries), pastPositions: integers([1, count], places) };
    },
  };
}
