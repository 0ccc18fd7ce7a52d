/**
 * Blocks: filling a canvas from left to right in groups of places, each group by the rule
 * (LLaDA's semi-autoregressive sampling). Any rule can be run in blocks.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { evenShare } from "./rule.ts";

/** A group of places that is filled before the next one begins. */
export interface Block {
  readonly places: Int32Array;
  readonly steps: number;
}

/**
 * Cuts the open places, in order, into blocks of `size` and deals the steps out evenly. Blocks count
 * open places, so in a canvas with holes a block may reach over given text.
 *
 * @throws UnmaskError "usage" if there are fewer steps than blocks and the rule obeys steps.
 * @example
 * ```ts
 * splitBlocks(Int32Array.of(4, 5, 6, 7), 2, 6, true); // [4, 5] in 3 steps, [6, 7] in 3 steps
 * ```
 */
export function splitBlocks(
  open: Int32Array,
  size: number | undefined,
  steps: number,
  obeysSteps: boolean,
): readonly Block[] {
  const each = size ?? Math.max(1, open.length);
  const count = Math.ceil(open.length / each);
  if (obeysSteps && steps < count) {
    throw new UnmaskError(
      "usage",
      `sample: steps must be at least the number of blocks, ${count}, got ${steps}; use more steps or larger blocks`,
    );
  }
  return Array.from({ length: count }, (_, i) => ({
    places: open.slice(i * each, (i + 1) * each),
    steps: Math.max(1, evenShare(steps, count, i)),
  }));
}
