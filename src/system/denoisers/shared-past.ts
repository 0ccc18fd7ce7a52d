/**
 * The pasts of several canvases side by side, as one pass over all of them reads them.
 *
 * Each canvas keeps its keys and values for itself; here they are mirrored in rows of one array, and a
 * pass copies only what is new since the last one with the same company. A row has room for a multiple of
 * {@link unit} places, the last ones empty. That keeps every sum over the past in the same order however
 * long the others' are: an answer is the same to the last bit, alone or in a crowd.
 *
 * @module
 */
import { nowhere } from "../../model/network.ts";
import type { TransformerConfig } from "../../model/transformer.ts";
import { headSize } from "../../nn/attention.ts";
import { floats, integers } from "../../tensor/index.ts";
import type { Value } from "../../tensor/index.ts";
import { pastNames } from "./key-values.ts";
import type { KeyValueCache } from "./key-values.ts";

/** Places by which room grows: whole registers of the kernels that add over it, and whole blocks of their loops. */
const unit = 64;

/** A cache and how many places its first block lacks. */
export interface PastOf {
  readonly cache: KeyValueCache;
  readonly offset: number;
}

/** Who stands in which row, and the inputs of their pass. */
export interface Arrangement<T extends PastOf> {
  readonly rows: readonly T[];
  readonly inputs: Record<string, Value>;
}

/** A row, and how much of whose past it mirrors. */
interface Row {
  readonly cache: KeyValueCache;
  readonly epoch: number;
  length: number;
}

/** Mirrors the pasts of one group of canvases after another. */
export type SharedPast = <T extends PastOf>(group: readonly T[]) => Arrangement<T>;

/** An empty mirror. */
export function sharedPast(config: TransformerConfig): SharedPast {
  const heads = config.keyValueHeads;
  const size = headSize(config);
  const names = pastNames(config);
  /** [rows, heads, room, size] for each name. */
  let arrays = names.map(() => new Float32Array(0));
  let rows: (Row | undefined)[] = [];
  let room = 0;

  /** Makes room for so many rows and places; what was there is copied anew. */
  const makeRoom = (count: number, longest: number): void => {
    const needed = Math.max(1, Math.ceil(longest / unit)) * unit;
    if (count <= rows.length && needed <= room && needed * 4 > room) return;
    room = needed;
    rows = new Array<Row | undefined>(Math.max(count, rows.length)).fill(undefined);
    arrays = names.map(() => new Float32Array(rows.length * heads * room * size));
  };

  /** Members in the order of their rows: those that have one among the first ones keep it. */
  const arrange = <T extends PastOf>(group: readonly T[]): T[] => {
    const placed = new Array<T | undefined>(group.length).fill(undefined);
    const others: T[] = [];
    for (const member of group) {
      const row = rows.findIndex((held) => held?.cache === member.cache);
      if (row >= 0 && row < group.length) placed[row] = member;
      else others.push(member);
    }
    return placed.map((member) => member ?? others.shift()!);
  };

  const mirror = (index: number, cache: KeyValueCache): void => {
    const held = rows[index];
    const known = held?.cache === cache && held.epoch === cache.epoch ? held.length : 0;
    if (known < cache.length)
      arrays.forEach((all, array) => {
        const data = all.subarray(index * heads * room * size);
        cache.copy(array, known, cache.length, { data, stride: room, at: known });
      });
    rows[index] = { cache, epoch: cache.epoch, length: cache.length };
  };

  return (group) => {
    const count = group.length;
    makeRoom(count, Math.max(...group.map(({ cache }) => cache.length)));
    const ordered = arrange(group);
    ordered.forEach(({ cache }, index) => mirror(index, cache));
    const positions = new Int32Array(count * room).fill(nowhere);
    ordered.forEach(({ cache, offset }, index) => {
      for (let place = 0; place < cache.length; place++)
        positions[index * room + place] = place + offset;
    });
    const shape = [count, heads, room, size];
    const pasts = names.map((name, array) => [
      name,
      floats(shape, arrays[array]!.subarray(0, count * heads * room * size)),
    ]);
    return {
      rows: ordered,
      inputs: {
        pastPositions: integers([count, room], positions),
        ...(Object.fromEntries(pasts) as Record<string, Value>),
      },
    };
  };
}
