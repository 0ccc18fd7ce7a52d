/**
 * The cosine rates of improved DDPM (Nichol and Dhariwal, 2021), which Hoogeboom et al. (2021) and D3PM
 * use for uniform noise: what survives follows f(t) = cos((t/T + s) / (1 + s) * pi / 2), s = 0.008, and
 * beta_t = min(0.999, 1 - f(t) / f(t - 1)).
 *
 * Four steps: about 0.08, 0.24, 0.46, 0.999.
 *
 * @module
 */
import type { ChainRates } from "../chain-rates.ts";
import { variant } from "../../variant.ts";

const shift = 0.008;
const most = 0.999;

/** What survives follows a quarter of a cosine. */
export const cosine = variant(
  {
    kind: "rates",
    name: "cosine",
    summary: "what survives follows a quarter of a cosine",
    paper: "Nichol and Dhariwal (2021); D3PM (Austin et al., 2021)",
    options: {},
  },
  (): ChainRates => ({
    name: "cosine",
    betas(steps) {
      const f = (t: number): number =>
        Math.cos(((t / steps + shift) / (1 + shift)) * (Math.PI / 2));
      return Float64Array.from({ length: steps }, (_, i) => Math.min(most, 1 - f(i + 1) / f(i)));
    },
  }),
);
