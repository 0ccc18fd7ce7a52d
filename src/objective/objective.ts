/**
 * The seam between a system and training: noise is drawn on the host, losses are weighed in the
 * graph.
 *
 * @module
 */
import { spreadLevels } from "../diffusion/times.ts";
import { randomStream, splitKey } from "../tensor/index.ts";
import type { Key, Spec, Tensor, Value } from "../tensor/index.ts";
import type { Network } from "../model/network.ts";

/** A batch of clean windows, row after row. */
export interface Batch {
  /** Clean tokens, [batch * length] */
  readonly x0: Int32Array;
  readonly batch: number;
  readonly length: number;
  /**
   * 1 for places that are given, [batch * length]: no noise touches them and they cost nothing (the
   * prompt of a dialogue). Default: none.
   */
  readonly given?: Uint8Array | undefined;
  /**
   * The noise level of each row, 0 to 1, all levels equally likely, [batch]. Default: drawn, spread
   * evenly over the batch. Objectives map levels to times.
   */
  readonly levels?: Float64Array | undefined;
}

/** A loss, for training or for scoring. */
export interface Objective {
  /** True when {@link Objective.losses} is the exact negative log-likelihood, false for a bound. */
  readonly exact: boolean;
  /**
   * How often the network computes each place of a window: 2 where the noisy text stands beside the
   * clean one. Default 1.
   */
  readonly copies?: number | undefined;
  /** Names and specs of what {@link Objective.draw} makes. */
  inputs(batch: number, length: number): Readonly<Record<string, Spec>>;
  /** Turns clean windows into the graph's inputs; everything random comes from the key. */
  draw(windows: Batch, key: Key): Record<string, Value>;
  /**
   * The loss of each window, in nats for the whole window: a scalar a row, [batch]. Its expectation
   * over draws is the negative log-likelihood or an upper bound of it. A window with given places
   * counts as if the others filled it, so that all windows weigh the same.
   */
  losses(inputs: Readonly<Record<string, Tensor>>, network: Network): Tensor;
}

/**
 * The noise level of each row: what the batch says, or drawn, spread evenly.
 */
export function noiseLevels({ levels, batch }: Batch, key: Key): Float64Array {
  return levels ?? spreadLevels(batch, randomStream(splitKey(key, "times")));
}

/**
 * The noise levels of a row's blocks, spread evenly as a batch's rows are.
 *
 * @param level the row's own, which its first block has
 */
export const blockLevels = (level: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => (level + index / count) % 1);

/** One row of a batch. */
export interface Row {
  readonly index: number;
  /** [length] */
  readonly x0: Int32Array;
  /** [length]; undefined where nothing is given */
  readonly given: Uint8Array | undefined;
  /** length / (places that are not given): makes all rows weigh the same. */
  readonly scale: number;
}

/** The rows of a batch. */
export function rowsOf({ x0, batch, length, given }: Batch): Row[] {
  return Array.from({ length: batch }, (_, index) => {
    const [start, end] = [index * length, (index + 1) * length];
    const fixed = given?.subarray(start, end);
    const open = fixed ? fixed.reduce((count, flag) => count - flag, length) : length;
    return { index, x0: x0.subarray(start, end), given: fixed, scale: length / Math.max(1, open) };
  });
}

/** What each place of a row counts: given ones nothing, [length]. */
export const placeWeights = ({ x0, given, scale }: Row): Float64Array =>
  Float64Array.from(x0, (_, place) => (given?.[place] ? 0 : scale));

/** `changed` where a place is free, `x0` where it is given. */
export function keepGiven({ x0, given }: Row, changed: Int32Array): Int32Array {
  return given ? changed.map((token, i) => (given[i] ? x0[i]! : token)) : changed;
}
