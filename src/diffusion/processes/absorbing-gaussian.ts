/**
 * Gaussian noise and masks together (D3PM's code for text): in each step a token is masked with the
 * chance of the standard rates, 1 / (T - t + 1), or else moves as in `gaussian`. In the end all is masked.
 *
 * With T = 2, a token is masked with 1/2 in the first step and for certain in the second.
 *
 * @module
 */
import { besideMask, chain, chainPace, orMasked } from "../chain.ts";
import { evenLaw } from "../transition.ts";
import type { Process, ProcessKind, ProcessSetting } from "../process.ts";
import { standard } from "../rates/standard.ts";
import { bellMatrix } from "./gaussian.ts";

/** The chain of both noises; the rates that were asked for are the Gaussian's. */
export function absorbingGaussian(setting: ProcessSetting): Process {
  const { states } = setting;
  const { steps, rates } = chainPace("absorbing-gaussian", setting);
  const betas = rates.betas(steps, undefined);
  const masks = standard().betas(steps, undefined);
  return chain({
    name: "absorbing-gaussian",
    states,
    steps,
    step: (k) => {
      const bell = besideMask(bellMatrix(states.size - 1, betas[k - 1]!), states);
      return orMasked(bell, masks[k - 1]!, states);
    },
    noise: evenLaw(states, 1),
  });
}

/** The table's line. */
export const absorbingGaussianKind: ProcessKind = {
  name: "absorbing-gaussian",
  summary: "tokens move to near ids until they are masked",
  paper: "D3PM (Austin et al., 2021), its code",
  keepsRevealed: false,
  continuous: false,
  embeds: false,
  create: absorbingGaussian,
};
