/**
 * Who may look at whom: attention patterns as masks, computed from positions inside the graph.
 *
 * @module
 */
import { div, floats, lessOrEqual, reshape, where } from "../tensor/index.ts";
import type { Tensor, Value } from "../tensor/index.ts";

/**
 * - `bidirectional`: everybody sees everybody.
 * - `causal`: a place sees itself and what lies left of it.
 * - `block`: a place sees its own block of `size` places whole, and every earlier block.
 */
export type AttentionPattern =
  | { readonly kind: "bidirectional" }
  | { readonly kind: "causal" }
  | { readonly kind: "block"; readonly size: number };

/** Added to the score of a pair that must not meet: exp of it is 0 in float32. */
const never = -1e9;

/**
 * The mask to add to attention's scores, [queries, keys] or [batch, 1, queries, keys], or undefined where
 * everybody may meet.
 *
 * @param queries int32 positions, [queries] or [batch, queries]
 * @param keys int32 positions, [keys] or [batch, keys]
 */
export function attentionMask(
  pattern: AttentionPattern,
  queries: Tensor,
  keys: Tensor,
): Tensor | undefined {
  if (pattern.kind === "bidirectional") return undefined;
  const step = (positions: Tensor) =>
    pattern.kind === "block" ? div(positions, pattern.size) : positions;
  const [batch, heads] = [queries.shape.slice(0, -1), queries.shape.slice(1).map(() => 1)];
  const row = reshape(step(keys), [...batch, ...heads, 1, keys.shape.at(-1)!]);
  const column = reshape(step(queries), [...batch, ...heads, queries.shape.at(-1)!, 1]);
  return where(lessOrEqual(row, column), 0, never);
}

/**
 * The mask of block diffusion's vectorised training (BD3-LM, Arriola et al. 2025, section 3.1) over a
 * noisy text and the clean one behind it, [2 length, 2 length]: a noisy place sees its own noisy
 * block, and the clean blocks before it; a clean place sees the clean blocks up to its own.
 *
 * Four places in blocks of two (noisy a a b b, clean a a b b): noisy b sees noisy b and clean a.
 */
export function pairedMask(pattern: AttentionPattern, length: number): Value {
  const size = pattern.kind === "block" ? pattern.size : pattern.kind === "causal" ? 1 : length;
  const block = (at: number): number => Math.floor((at % length) / size);
  const isClean = (at: number): boolean => at >= length;
  const sees = (query: number, key: number): boolean => {
    if (!isClean(key)) return !isClean(query) && block(query) === block(key);
    return isClean(query) ? block(key) <= block(query) : block(key) < block(query);
  };
  const both = 2 * length;
  const mask = new Float32Array(both * both);
  for (let query = 0; query < both; query++)
    for (let key = 0; key < both; key++) mask[query * both + key] = sees(query, key) ? 0 : never;
  return floats([both, both], mask);
}

/** The mask [batch, 1, 1, keys] that hides keys from everybody, given bool [batch, keys]. */
export function presenceMask(present: Tensor): Tensor {
  const [batch, keys] = present.shape;
  return where(reshape(present, [batch!, 1, 1, keys!]), 0, never);
}
