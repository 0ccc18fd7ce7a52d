/**
 * Nearest-neighbour noise (D3PM, Austin et al., 2021, appendix A.2.5): a token walks to tokens that lie
 * near it in embedding space, at the rates R of the symmetrised graph of nearest neighbours.
 *
 * ```
 * Q_1 ... Q_t = exp(e_t R),   e_t = beta_1 + ... + beta_t
 * ```
 *
 * R is symmetric, so the walk is doubly stochastic and all tokens are equally likely in the end. Two
 * tokens, R = [[-1, 1], [1, -1]]: exp(e R) leaves a token with (1 + exp(-2e)) / 2.
 *
 * Exponents are rounded to multiples of the first one, so that all matrices are whole powers of one.
 *
 * @module
 */
import { chain, chainPace, besideMask, evenLaw } from "../chain.ts";
import type { Decay } from "../chain-rates.ts";
import { entropy } from "../entropy.ts";
import { eigenOf, exponential, exponentialOf, powersOf } from "../matrix.ts";
import type { SquareMatrix } from "../matrix.ts";
import type { Process, ProcessKind, ProcessSetting } from "../process.ts";
import type { States } from "../transition.ts";
import { neighbourGraph, rateMatrix, unit } from "./neighbours.ts";

/** The walk on the graph of neighbours, among embeddings of length 1. */
export function nearest(setting: ProcessSetting): Process {
  const { states, law } = setting;
  const { steps, rates } = chainPace("nearest", setting);
  const walk = rateMatrix(neighbourGraph("nearest", setting, unit));
  const betas = rates.betas(steps, decayOf(walk, states, law));
  const power = wholePowers(walk, betas);
  return chain({
    name: "nearest",
    states,
    steps,
    step: (k) => besideMask(power(k), states),
    noise: evenLaw(states),
  });
}

/**
 * exp of the rates for the exponent of each step k = 1, 2, ..: whole powers of the matrix of the first
 * one. Steps of the same power share their matrix.
 */
export function wholePowers(walk: SquareMatrix, betas: Float64Array): (k: number) => SquareMatrix {
  const first = betas[0]!;
  const power = powersOf(exponential(walk.map((rate) => first * rate)));
  const known = new Map<number, SquareMatrix>();
  let exponent = 0;
  const counts = [0, ...betas.map((beta) => Math.round((exponent += beta) / first))];
  return (k) => {
    const count = counts[k]! - counts[k - 1]!;
    const matrix = known.get(count) ?? power(count);
    known.set(count, matrix);
    return matrix;
  };
}

/** I(x_t; x_0) = H(x_t) - H(x_t | x_0), from the eigenvectors of the walk. */
function decayOf(
  walk: SquareMatrix,
  { size, maskId }: States,
  law = evenLaw({ size, maskId }),
): Decay {
  const tokens = size - 1;
  const weights = law.filter((_, id) => id !== maskId);
  let eigen: ReturnType<typeof eigenOf> | undefined;
  const information = (exponent: number): number => {
    eigen ??= eigenOf(walk);
    const matrix = exponentialOf(eigen, exponent);
    const mixed = new Float64Array(tokens);
    let noise = 0;
    for (let from = 0; from < tokens; from++) {
      const row = matrix.subarray(from * tokens, (from + 1) * tokens);
      noise += weights[from]! * entropy(row);
      row.forEach((p, to) => (mixed[to]! += weights[from]! * p));
    }
    return entropy(mixed) - noise;
  };
  const all = entropy(weights);
  return {
    forgotten: (exponent) => 1 - information(exponent) / all,
    beta: (exponent) => exponent,
    forgetsAll: false,
  };
}

/** The table's line. */
export const nearestKind: ProcessKind = {
  name: "nearest",
  summary: "tokens walk to tokens that are near in embedding space",
  paper: "D3PM (Austin et al., 2021), appendix A.2.5",
  keepsRevealed: false,
  continuous: false,
  embeds: true,
  create: nearest,
};
