/**
 * The rates of Sohl-Dickstein et al. (2015), D3PM's for the absorbing process: beta_t = 1 / (T - t + 1).
 * An equal share of the text falls in each step, and the last step leaves nothing.
 *
 * Four steps: 1/4, 1/3, 1/2, 1; what survives is 3/4, 1/2, 1/4, 0.
 *
 * @module
 */
import type { ChainRates } from "../chain-rates.ts";
import { variant } from "../../variant.ts";

/** beta_t = 1 / (T - t + 1). */
export const standard = variant(
  {
    kind: "rates",
    name: "standard",
    summary: "1 / (T - t + 1): every step destroys an equal share, the last one all that is left",
    paper: "Sohl-Dickstein et al. (2015); D3PM (Austin et al., 2021)",
    options: {},
  },
  (): ChainRates => ({
    name: "standard",
    betas: (steps) => Float64Array.from({ length: steps }, (_, i) => 1 / (steps - i)),
  }),
);
