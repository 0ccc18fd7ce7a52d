/**
 * The rates that remove the same amount of information in every step (D3PM, section 3.1):
 *
 * ```
 * I(x_t; x_0) = (1 - t/T) H(x_0)
 * ```
 *
 * solved for the exponents of the process's rate matrix. A process that forgets all in its last step
 * follows this line to its end, which for the absorbing process gives `standard`, whatever the law of
 * x_0. One that forgets only in the limit goes to T / (T + 1) of the way.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import type { ChainRates } from "../chain-rates.ts";
import { variant } from "../../variant.ts";

/** Every step forgets the same amount. */
export const mutualInformation = variant(
  {
    kind: "rates",
    name: "mutual-information",
    summary: "every step removes the same amount of information about the text",
    paper: "D3PM (Austin et al., 2021), section 3.1",
    options: {},
  },
  (): ChainRates => ({
    name: "mutual-information",
    betas(steps, decay) {
      if (!decay)
        throw new UnmaskError(
          "usage",
          "rates mutual-information: needs a process with a rate matrix (absorbing, uniform, nearest); use linear, cosine or standard rates",
        );
      const parts = decay.forgetsAll ? steps : steps + 1;
      let before = 0;
      return Float64Array.from({ length: steps }, (_, i) => {
        const last = i + 1 === parts;
        const after = last ? Infinity : solve(decay.forgotten, (i + 1) / parts, before);
        const step = after - before;
        before = after;
        return decay.beta(step);
      });
    },
  }),
);

/**
 * The x above `from` at which a rising function has this value: doubling until it is bracketed, then
 * false position of the Illinois kind, which halves the weight of an end that stays twice.
 */
function solve(f: (x: number) => number, value: number, from: number): number {
  let [low, high] = [from, from + Math.max(1e-3, from / 8)];
  let [below, above] = [f(low) - value, f(high) - value];
  while (above < 0) {
    if (high > 1e9)
      throw new UnmaskError(
        "usage",
        `rates mutual-information: the process never forgets ${value} of the text; give it more neighbours`,
      );
    [low, below] = [high, above];
    high *= 2;
    above = f(high) - value;
  }
  let side = 0;
  for (let i = 0; i < 100 && high - low > 1e-14 * high; i++) {
    const middle = low - (below * (high - low)) / (above - below);
    const at = f(middle) - value;
    if (Math.abs(at) < 1e-15 || middle <= low || middle >= high) return middle;
    if (at < 0) {
      [low, below] = [middle, at];
      if (side < 0) above /= 2;
    } else {
      [high, above] = [middle, at];
      if (side > 0) below /= 2;
    }
    side = Math.sign(at);
  }
  return (low + high) / 2;
}
