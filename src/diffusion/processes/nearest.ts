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
import { chain, chainPace, besideMask } from "../chain.ts";
import type { Decay } from "../chain-rates.ts";
import { entropy } from "../entropy.ts";
import { eigenOf, exponential, exponentialOf, powersOf } from "../matrix.ts";
import type { SquareMatrix } from "../matrix.ts";
import { evenLaw } from "../transition.ts";
import type { Process, ProcessKind, ProcessSetting } from "../process.ts";
import type { States } from "../transition.ts";
import { neighbourGraph, rateMatrix, unit } from "../neighbours.ts";

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

/**
 * I(x_t; x_0) = H(x_t) - H(x_t | x_0), from the eigenvectors of the walk. A graph in several parts keeps
 * for ever in which part a token was: what counts is what can be forgotten.
 */
function decayOf(
  walk: SquareMatrix,
  { size, maskId }: States,
  law = evenLaw({ size, maskId }),
): Decay {
  const tokens = size - 1;
  const weights = law.filter((_, id) => id !== maskId);
  const all = entropy(weights);
  const exact = once(() => {
    const eigen = eigenOf(walk);
    return (exponent: number) => information(exponentialOf(eigen, exponent), weights);
  });
  const known = once(() => (tokens > exactTokens ? onGrid(exact()) : exact()));
  const kept = once(() => exact()(1e9));
  return {
    forgotten: (exponent) => (all - known()(exponent)) / (all - kept()),
    beta: (exponent) => exponent,
    forgetsAll: false,
  };
}

/** Information that a transition leaves about where a token came from, in nats. */
function information(matrix: SquareMatrix, weights: Float64Array): number {
  const tokens = weights.length;
  const mixed = new Float64Array(tokens);
  let noise = 0;
  weights.forEach((weight, from) => {
    const row = matrix.subarray(from * tokens, (from + 1) * tokens);
    noise += weight * entropy(row);
    row.forEach((p, to) => (mixed[to]! += weight * p));
  });
  return entropy(mixed) - noise;
}

/** Tokens up to which every exponent is worth a matrix product of its own. */
const exactTokens = 64;
/** The grid for more of them: 16 exponents for each doubling, from the smallest on. */
const [smallest, perDoubling] = [1e-5, 16];

/** A function of exponents, computed on a grid where it is asked, and drawn as straight lines between. */
function onGrid(f: (exponent: number) => number): (exponent: number) => number {
  const known = new Map<number, number>();
  const point = (index: number): number => smallest * 2 ** (index / perDoubling);
  const at = (index: number): number => {
    const value = known.get(index) ?? f(point(index));
    known.set(index, value);
    return value;
  };
  return (exponent) => {
    if (exponent < smallest) return f(exponent);
    const index = Math.floor(Math.log2(exponent / smallest) * perDoubling);
    const [left, right] = [point(index), point(index + 1)];
    return at(index) + ((exponent - left) / (right - left)) * (at(index + 1) - at(index));
  };
}

/** Computes a value when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
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
