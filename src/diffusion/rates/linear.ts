/**
 * Rates that grow linearly: beta_t = low (1 - t/T) + high t/T with t = 0 .. T - 1, so that `high` is
 * never quite reached (D3PM's code; DDPM, Ho et al., 2020).
 *
 * Four steps from 0 to 0.4: 0, 0.1, 0.2, 0.3.
 *
 * @module
 */
import type { ChainRates } from "../chain-rates.ts";
import { variant } from "../../variant.ts";

/** beta grows from low to high. */
export const linear = variant(
  {
    kind: "rates",
    name: "linear",
    summary: "grow linearly from low to high",
    paper: "DDPM (Ho et al., 2020); D3PM (Austin et al., 2021)",
    options: {
      low: { type: "number", default: 1e-4, above: 0, summary: "beta of the first step" },
      high: { type: "number", default: 0.02, above: 0, summary: "beta beyond the last step" },
    },
  },
  ({ low, high }): ChainRates => ({
    name: "linear",
    betas: (steps) =>
      Float64Array.from({ length: steps }, (_, i) => low * (1 - i / steps) + high * (i / steps)),
  }),
);
