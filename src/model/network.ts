/**
 * The transformer over windows of one fixed length: what training and scoring run.
 *
 * @module
 */
import { positionsOf, rotaryTable } from "../nn/rotary.ts";
import type { Parameters } from "../nn/parameter.ts";
import { constant, integers } from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { headSize, transformer } from "./transformer.ts";
import type { TransformerConfig } from "./transformer.ts";

/** Tokens int32 [batch, length], and time features [batch, 256] if it takes them, to logits. */
export type Network = (tokens: Tensor, time?: Tensor) => Tensor;

/** A network whose positions are 0 .. length - 1, as constants of the graph. */
export function fixedNetwork(
  config: TransformerConfig,
  parameters: Parameters,
  length: number,
  dropout?: (x: Tensor) => Tensor,
): Network {
  const places = positionsOf(length);
  const table = rotaryTable(places, headSize(config), config.rotaryBase);
  const positions = constant(integers([length], places));
  const cosines = constant(table.cosines);
  const sines = constant(table.sines);
  return (tokens, time) =>
    transformer(config, parameters, { tokens, positions, cosines, sines, time, dropout }).logits;
}
