/**
 * Band-diagonal noise (D3PM, Austin et al., 2021, appendix A.2.4, as its code for text has it): a token
 * is replaced by one whose id is near, all ids of the band equally likely.
 *
 * ```
 * Q_t = (1 - beta_t) I + beta_t B,   B_ij = 1 / (ids in the band of i) for |i - j| <= (width - 1) / 2
 * ```
 *
 * Three tokens, width 3: B = [[1/2, 1/2, 0], [1/3, 1/3, 1/3], [0, 1/2, 1/2]]. Sense lies in it where
 * neighbouring ids mean similar things. Ids at the ends have smaller bands, so the chain tends to a law
 * that visits them a little less, not quite to the even one that sampling starts from; the bound counts
 * the difference.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import { besideMask, chain, chainPace } from "../chain.ts";
import { chances } from "../chain-clock.ts";
import { identity } from "../matrix.ts";
import type { SquareMatrix } from "../matrix.ts";
import { evenLaw } from "../transition.ts";
import type { Process, ProcessKind, ProcessSetting } from "../process.ts";

/** The band-diagonal chain. */
export function band(setting: ProcessSetting): Process {
  const { states, width = 7 } = setting;
  const { steps, rates } = chainPace("band", setting);
  if (!Number.isInteger(width) || width < 3 || width % 2 === 0)
    throw new UnmaskError(
      "usage",
      `process band: width must be an odd integer >= 3, got ${width}; the token stands in the middle`,
    );
  const betas = chances(rates.betas(steps, undefined));
  const near = besideMask(bandMatrix(states.size - 1, (width - 1) / 2), states);
  return chain({
    name: "band",
    states,
    steps,
    step: (k) => mixedWith(near, betas[k - 1]!),
    noise: evenLaw(states),
  });
}

/** All ids at most `reach` away, equally likely, [tokens * tokens]. */
function bandMatrix(tokens: number, reach: number): SquareMatrix {
  const matrix = new Float64Array(tokens * tokens);
  for (let from = 0; from < tokens; from++) {
    const [first, last] = [Math.max(0, from - reach), Math.min(tokens - 1, from + reach)];
    matrix.fill(1 / (last - first + 1), from * tokens + first, from * tokens + last + 1);
  }
  return matrix;
}

/** (1 - beta) I + beta base */
export function mixedWith(base: SquareMatrix, beta: number): SquareMatrix {
  const stay = identity(Math.sqrt(base.length));
  return base.map((p, at) => beta * p + (1 - beta) * stay[at]!);
}

/** The table's line. */
export const bandKind: ProcessKind = {
  name: "band",
  summary: "tokens are replaced by tokens with near ids, all of a band alike",
  paper: "D3PM (Austin et al., 2021), appendix A.2.4",
  keepsRevealed: false,
  continuous: false,
  embeds: false,
  create: band,
};
