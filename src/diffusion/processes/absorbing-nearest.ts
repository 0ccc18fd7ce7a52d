/**
 * Nearest-neighbour noise and masks together (D3PM's code for text): a token walks to near tokens and
 * is masked at a constant rate; the last step masks all that is left.
 *
 * ```
 * Q_1 ... Q_t = exp(e_t R) for t < T,   R = the walk's rates, and 4 to the mask
 * ```
 *
 * After an exponent of 0.25, exp(-1) = 37 % are not masked yet.
 *
 * @module
 */
import { chain, chainPace } from "../chain.ts";
import { evenLaw } from "../transition.ts";
import type { Process, ProcessKind, ProcessSetting } from "../process.ts";
import type { States } from "../transition.ts";
import { wholePowers } from "./nearest.ts";
import { neighbourGraph, rateMatrix } from "../neighbours.ts";

/** How often a token is masked while it takes one step on average. */
const maskRate = 4;

/** The walk that ends in the mask; embeddings as they are. */
export function absorbingNearest(setting: ProcessSetting): Process {
  const { states } = setting;
  const { steps, rates } = chainPace("absorbing-nearest", setting);
  const walk = rateMatrix(neighbourGraph("absorbing-nearest", setting));
  const power = wholePowers(withMask(walk, states), rates.betas(steps, undefined));
  return chain({
    name: "absorbing-nearest",
    states,
    steps,
    step: (k) => (k === steps ? allMasked(states) : power(k)),
    noise: evenLaw(states, 1),
  });
}

/** Rates on tokens as rates on all states, with the mask as one more neighbour of every token. */
function withMask(walk: Float64Array, { size, maskId }: States): Float64Array {
  const id = (token: number): number => (token < maskId ? token : token + 1);
  const count = size - 1;
  const result = new Float64Array(size * size);
  walk.forEach((rate, at) => {
    const [from, to] = [Math.floor(at / count), at % count];
    result[id(from) * size + id(to)] = from === to ? rate - maskRate : rate;
  });
  for (let token = 0; token < count; token++) result[id(token) * size + maskId] = maskRate;
  return result;
}

function allMasked({ size, maskId }: States): Float64Array {
  return Float64Array.from({ length: size * size }, (_, at) => (at % size === maskId ? 1 : 0));
}

/** The table's line. */
export const absorbingNearestKind: ProcessKind = {
  name: "absorbing-nearest",
  summary: "tokens walk to near tokens until they are masked",
  paper: "D3PM (Austin et al., 2021), its code",
  keepsRevealed: false,
  continuous: false,
  embeds: true,
  create: absorbingNearest,
};
