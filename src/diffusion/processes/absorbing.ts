/**
 * Absorbing ("masked") diffusion: a token is replaced by the mask, once and for ever (D3PM, Austin
 * et al., 2021; MDLM, Sahoo et al., 2024, eq. 2-6; MD4, Shi et al., 2024).
 *
 * Going back from t to s, a masked place is revealed with probability
 * `(alpha_s - alpha_t) / (1 - alpha_t)`, whatever its token will be, and then takes a token drawn
 * from the model's p(x0); a revealed place stays. So *which* places are revealed can be drawn
 * before the network is asked: see {@link revealProbability} and the ancestral rule.
 *
 * Three tokens, all masked, alpha from 0 to 1/3: each is revealed with probability 1/3.
 *
 * @module
 */
import { clockOf } from "../chain-clock.ts";
import { chanceOf } from "../chain-rates.ts";
import type { Decay } from "../chain-rates.ts";
import type { Process, ProcessKind, ProcessSetting } from "../process.ts";
import { mixture } from "../mixture.ts";

/** A masked token tells nothing, an unmasked one all. */
const decay: Decay = { forgotten: chanceOf, beta: chanceOf, forgetsAll: true };

/** The absorbing process: unmasked with probability alpha(t). */
export function absorbing({ states, ...pace }: ProcessSetting): Process {
  const { clock, steps } = clockOf(pace, decay);
  return mixture({
    name: "absorbing",
    states,
    steps,
    unmasked: clock,
    masked: 1,
    keepsRevealed: true,
  });
}

/** Probability that a place masked when the clock showed alphaT is revealed by the time of alphaS. */
export function revealProbability(alphaS: number, alphaT: number): number {
  return alphaT >= 1 ? 1 : (alphaS - alphaT) / (1 - alphaT);
}

/** The table's line. */
export const absorbingKind: ProcessKind = {
  name: "absorbing",
  summary: "tokens are replaced by the mask, once and for ever",
  paper: "D3PM (Austin et al., 2021), MDLM (Sahoo et al., 2024)",
  keepsRevealed: true,
  continuous: true,
  embeds: false,
  create: absorbing,
};
