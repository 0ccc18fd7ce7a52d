/**
 * Uniform diffusion: a token is replaced by any token with equal chances, again and again
 * (D3PM, Austin et al., 2021, "uniform"; UDLM, Schiff et al., 2024). No token is ever final, so a
 * sampler can correct itself. The mask is not one of the tokens.
 *
 * @module
 */
import { clockOf } from "../chain-clock.ts";
import { chanceOf } from "../chain-rates.ts";
import type { Decay } from "../chain-rates.ts";
import { entropy } from "../entropy.ts";
import type { Process, ProcessKind, ProcessSetting } from "../process.ts";
import type { States } from "../transition.ts";
import { mixture } from "../mixture.ts";

/** The uniform process: never redrawn with probability alpha(t); the mask takes no part. */
export function uniform({ states, law, ...pace }: ProcessSetting): Process {
  const { clock, steps } = clockOf(pace, decayOf(states, law));
  return mixture({
    name: "uniform",
    states,
    steps,
    kept: clock,
    masked: 0,
    keepsRevealed: false,
  });
}

/** I(x_t; x_0) = H(x_t) - H(x_t | x_0), in closed form: O(size), and O(1) for equally likely tokens. */
function decayOf({ size, maskId }: States, law: Float64Array | undefined): Decay {
  const tokens = size - 1;
  const information = (exponent: number): number => {
    const keep = Math.exp(-exponent);
    const other = (1 - keep) / tokens;
    const noise = entropy([keep + other]) + (tokens - 1) * entropy([other]);
    if (!law) return Math.log(tokens) - noise;
    const mixed = law.map((p, token) => (token === maskId ? 0 : keep * p + other));
    return entropy(mixed) - noise;
  };
  const all = information(0);
  return {
    forgotten: (exponent) => 1 - information(exponent) / all,
    beta: chanceOf,
    forgetsAll: false,
  };
}

/** The table's line. */
export const uniformKind: ProcessKind = {
  name: "uniform",
  summary: "tokens are replaced by random tokens, again and again",
  paper: "D3PM (Austin et al., 2021), UDLM (Schiff et al., 2024)",
  keepsRevealed: false,
  continuous: true,
  embeds: false,
  create: uniform,
};
