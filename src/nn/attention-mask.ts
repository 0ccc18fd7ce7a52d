/**
 * Who may look at whom: attention patterns as masks, computed from positions inside the graph.
 *
 * @module
 */
import { div, lessOrEqual, reshape, where } from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";

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
 * The mask [queries, keys] to add to attention's scores, or undefined where everybody may meet.
 *
 * @param queries int32 positions [queries]
 * @param keys int32 positions [keys]
 */
export function attentionMask(
  pattern: AttentionPattern,
  queries: Tensor,
  keys: Tensor,
): Tensor | undefined {
  if (pattern.kind === "bidirectional") return undefined;
  const step = (positions: Tensor) =>
    pattern.kind === "block" ? div(positions, pattern.size) : positions;
  const row = reshape(step(keys), [1, keys.shape[0]!]);
  const column = reshape(step(queries), [queries.shape[0]!, 1]);
  return where(lessOrEqual(row, column), 0, never);
}
