/**
 * The seam between a system and training: noise is drawn on the host, losses are weighed in the
 * graph.
 *
 * @module
 */
import type { Network } from "../model/network.ts";
import type { Key, Spec, Tensor, Value } from "../tensor/index.ts";

/** A batch of clean windows, row after row. */
export interface Batch {
  /** Clean tokens, [batch * length] */
  readonly x0: Int32Array;
  readonly batch: number;
  readonly length: number;
}

/** A training loss. */
export interface Objective {
  /** True when {@link Objective.losses} is the exact negative log-likelihood, false for a bound. */
  readonly exact: boolean;
  /** Names and specs of what {@link Objective.draw} makes. */
  inputs(batch: number, length: number): Readonly<Record<string, Spec>>;
  /** Turns clean windows into the graph's inputs; everything random comes from the key. */
  draw(windows: Batch, key: Key): Record<string, Value>;
  /**
   * The loss of each window, in nats for the whole window: a scalar a row, [batch]. Its expectation
   * over draws is the negative log-likelihood or an upper bound of it.
   */
  losses(inputs: Readonly<Record<string, Tensor>>, network: Network): Tensor;
}
