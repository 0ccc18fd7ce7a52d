/**
 * Blocks: filling a canvas from left to right in groups of places, each group by the rule
 * (LLaDA's semi-autoregressive sampling). Any rule can be run in blocks.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";

/** A group of places that is filled before the next one begins. */
export interface Block {
  readonly places: Int32Array;
  readonly steps: number;
  /** Places that the steps are for: its own, or those of a block that is not partly given. */
  readonly size: number;
}

/** Options of {@link splitBlocks}. */
export interface SplitOptions {
  /** Places of a block; undefined: as many as a turn has. */
  readonly size: number | undefined;
  /** Steps to deal out. */
  readonly steps: number;
  /** Steps of every block, instead. */
  readonly stepsPerBlock?: number | undefined;
  /** Whether the rule takes at most the steps it is given. */
  readonly obeysSteps: boolean;
  /** A model's own order of writing. */
  readonly turnOf?: ((place: number) => number) | undefined;
}

/**
 * Cuts the open places, in order, into blocks of `size` and deals the steps out evenly. Blocks count
 * open places, so in a canvas with holes a block may reach over given text; none reaches over the
 * end of a model's turn.
 *
 * @throws UnmaskError "usage" if there are fewer steps than blocks and the rule obeys steps.
 * @example
 * ```ts
 * splitBlocks(Int32Array.of(4, 5, 6, 7), { size: 2, steps: 6, obeysSteps: true });
 * // [4, 5] in 3 steps, [6, 7] in 3 steps
 * ```
 */
export function splitBlocks(open: Int32Array, options: SplitOptions): readonly Block[] {
  const { size = Infinity, steps, stepsPerBlock, obeysSteps, turnOf = () => 0 } = options;
  const groups: number[][] = [];
  let turn: number | undefined;
  for (const place of open) {
    const last = groups.at(-1);
    if (last && turn === turnOf(place) && last.length < size) last.push(place);
    else groups.push([place]);
    turn = turnOf(place);
  }
  const blocks = groups.map((group) => Int32Array.from(group));
  if (stepsPerBlock !== undefined)
    return blocks.map((places) => ({
      places,
      steps: stepsPerBlock,
      size: size < Infinity ? size : places.length,
    }));
  if (obeysSteps && steps < groups.length)
    throw new UnmaskError(
      "usage",
      `sample: steps must be at least the number of blocks, ${groups.length}, got ${steps}; use more steps or larger blocks`,
    );
  return dealSteps(
    groups.map(({ length }) => length),
    steps,
  ).map((count, i) => ({ places: blocks[i]!, steps: count, size: blocks[i]!.length }));
}

/** Steps for blocks of these sizes: one each at least, up to one a place, and what is more in proportion. */
function dealSteps(sizes: readonly number[], steps: number): number[] {
  const places = sizes.reduce((sum, size) => sum + size, 0);
  const enough = steps >= places;
  const base = sizes.map((size) => (enough ? size : 1));
  const weights = sizes.map((size) => (enough ? size : size - 1));
  const spare = Math.max(0, steps - base.reduce((sum, count) => sum + count, 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let passed = 0;
  return base.map((count, i) => {
    const before = Math.floor((spare * passed) / total);
    passed += weights[i]!;
    return total === 0 ? count : count + Math.floor((spare * passed) / total) - before;
  });
}
