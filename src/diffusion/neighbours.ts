/**
 * The graph of nearest neighbours in embedding space, which D3PM's nearest-neighbour processes walk on
 * (Austin et al., 2021, appendix A.2.5).
 *
 * Points 0, 1 and 3 on a line, one neighbour each: 0 -> 1, 1 -> 0, 3 -> 1. Both directions added up,
 * the pair 0, 1 weighs 2 and the pair 1, 3 weighs 1.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import type { SquareMatrix } from "./matrix.ts";
import type { ProcessSetting } from "./process.ts";

/** The graph of the tokens, without the mask. */
export interface NeighbourGraph {
  /** Edges counted in both directions: 0, 1 or 2, symmetric, [tokens * tokens]. */
  readonly edges: SquareMatrix;
  /** Neighbours of each token. */
  readonly neighbours: number;
}

/**
 * Links each token to its nearest others.
 *
 * @param space what is done to an embedding first
 */
export function neighbourGraph(
  name: string,
  { states, embeddings, neighbours = 5 }: ProcessSetting,
  space: (point: Float64Array) => Float64Array = (point) => point,
): NeighbourGraph {
  const { size, maskId } = states;
  if (embeddings?.length !== size)
    throw new UnmaskError(
      "usage",
      `process ${name}: needs an embedding of each of the ${size} ids, got ${embeddings?.length ?? "none"}; ` +
        `train makes them from the text or from --init`,
    );
  const tokens = size - 1;
  if (!Number.isInteger(neighbours) || neighbours < 1 || neighbours >= tokens)
    throw new UnmaskError(
      "usage",
      `process ${name}: neighbours must be an integer from 1 to ${tokens - 1}, got ${neighbours}`,
    );
  const points = embeddings.filter((_, id) => id !== maskId).map(space);
  const edges = new Float64Array(tokens * tokens);
  points.forEach((point, from) => {
    for (const to of nearest(points, point, from, neighbours)) {
      edges[from * tokens + to]! += 1;
      edges[to * tokens + from]! += 1;
    }
  });
  return { edges, neighbours };
}

/** The `count` points with the smallest Euclidean distance, itself left out. */
function nearest(
  points: readonly Float64Array[],
  point: Float64Array,
  self: number,
  count: number,
): number[] {
  const distances = points.map((other) =>
    other.reduce((sum, x, i) => sum + (x - point[i]!) ** 2, 0),
  );
  return [...points.keys()]
    .filter((i) => i !== self)
    .toSorted((a, b) => distances[a]! - distances[b]! || a - b)
    .slice(0, count);
}

/** The graph as a rate matrix: a token leaves to each neighbour at rate edges / (2 neighbours). */
export function rateMatrix({ edges, neighbours }: NeighbourGraph): SquareMatrix {
  const tokens = Math.sqrt(edges.length);
  const rates = edges.map((edge) => edge / (2 * neighbours));
  for (let i = 0; i < tokens; i++) {
    const row = rates.subarray(i * tokens, (i + 1) * tokens);
    row[i] = -row.reduce((sum, rate) => sum + rate, 0);
  }
  return rates;
}

/** The point scaled to length 1. */
export function unit(point: Float64Array): Float64Array {
  const length = Math.hypot(...point);
  return length > 0 ? point.map((x) => x / length) : point;
}
