/**
 * The autoregressive language model: one token after another, from left to right.
 *
 * - factorisation: p(x0) = product over i of p(x0_i | x0_<i), so the likelihood is exact
 * - network: causal attention over the text shifted right by one
 * - sampling: the leftmost open place, one forward pass for each token
 *
 * It can't fill a middle: what stands to the right of a place is not part of what it knows.
 *
 * @module
 */
import { nextToken } from "../objective/next-token.ts";
import { system } from "./system.ts";

export const autoregressive = system(
  {
    name: "autoregressive",
    summary: "one token after another, left to right; exact likelihood",
    paper: "Bengio et al. 2003; Radford et al. 2019 (GPT-2)",
    options: {},
  },
  () => ({
    attention: { kind: "causal" },
    infills: false,
    timed: false,
    rule: "left-to-right",
    create({ maskId, endId }) {
      const likelihood = nextToken({ beginId: endId, maskId });
      return { process: undefined, objective: likelihood, bound: likelihood, sees: "before" };
    },
  }),
);
