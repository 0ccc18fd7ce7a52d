/**
 * Discretised Gaussian noise (D3PM, Austin et al., 2021, appendix A.2.3): a token is replaced by one whose
 * id is near, by a bell curve whose width is beta.
 *
 * ```
 * [Q_t]_ij = exp(-4 (i - j)^2 / ((K - 1)^2 beta_t)) / (the sum of this over all offsets -(K-1) .. K-1)
 * [Q_t]_ii = 1 - the rest of the row
 * ```
 *
 * Symmetric, so all tokens are equally likely in the end. Three tokens, beta = 1: offsets 0, 1, 2 weigh
 * 1, 0.37, 0.018, the sum over all is 1.77, so a token moves to its neighbour with 0.21. (The public
 * code for text has K in place of K - 1 under the fraction once, a beta that is smaller by
 * ((K - 1) / K)^2.)
 *
 * @module
 */
import { besideMask, chain, chainPace } from "../chain.ts";
import type { SquareMatrix } from "../matrix.ts";
import { evenLaw } from "../transition.ts";
import type { Process, ProcessKind, ProcessSetting } from "../process.ts";

/** The Gaussian chain. */
export function gaussian(setting: ProcessSetting): Process {
  const { states } = setting;
  const { steps, rates } = chainPace("gaussian", setting);
  const betas = rates.betas(steps, undefined);
  return chain({
    name: "gaussian",
    states,
    steps,
    step: (k) => besideMask(bellMatrix(states.size - 1, betas[k - 1]!), states),
    noise: evenLaw(states),
  });
}

/** One step of a width, on tokens, [tokens * tokens]. */
export function bellMatrix(tokens: number, beta: number): SquareMatrix {
  const bell = Float64Array.from({ length: tokens }, (_, offset) =>
    Math.exp(-((2 * offset) ** 2) / ((tokens - 1) ** 2 * beta)),
  );
  const total = bell.reduce((sum, weight, offset) => sum + (offset === 0 ? 1 : 2) * weight, 0);
  const matrix = new Float64Array(tokens * tokens);
  for (let from = 0; from < tokens; from++) {
    let moved = 0;
    for (let to = 0; to < tokens; to++) {
      if (to === from) continue;
      const chance = bell[Math.abs(from - to)]! / total;
      matrix[from * tokens + to] = chance;
      moved += chance;
    }
    matrix[from * tokens + from] = 1 - moved;
  }
  return matrix;
}

/** The table's line. */
export const gaussianKind: ProcessKind = {
  name: "gaussian",
  summary: "tokens are replaced by tokens with near ids, by a bell curve",
  paper: "D3PM (Austin et al., 2021), appendix A.2.3",
  keepsRevealed: false,
  continuous: false,
  embeds: false,
  create: gaussian,
};
