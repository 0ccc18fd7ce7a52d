/**
 * How often decided places are masked again (ReMDM, Wang et al., 2025): the clock that a run
 * follows, and for each of its steps the chance sigma.
 *
 * Going from alpha_t to alpha_s, sigma may be at most `(1 - alpha_s) / alpha_t`: with more, even
 * revealing nothing would leave too many places masked. From 0.5 to 0.6 that is 0.8.
 *
 * @module
 */
import { maskedShare } from "../../../diffusion/process.ts";
import type { Process } from "../../../diffusion/process.ts";
import { reverseTimes } from "../../../diffusion/times.ts";
import { UnmaskError } from "../../../errors.ts";
import { timeOfShare } from "../../rule.ts";

/** One step: the time to tell the model, and the clock before and after. */
export interface Leg {
  readonly time: number;
  readonly alphaT: number;
  readonly alphaS: number;
  /** Whether decided places may be masked again. */
  readonly remasks: boolean;
}

/** The sigma that masked places reckon with, and the chance of each decided place to be masked. */
export interface Remasking {
  readonly sigma: number;
  readonly chanceOf: (place: number) => number;
}

/** Numbers that strategies are set with. */
export interface RemaskingSettings {
  readonly eta: number;
  readonly tOn: number;
  readonly tOff: number;
  readonly alphaOn: number;
}

/** One way to mask again. */
export interface RemaskingStrategy {
  legs(process: Process, steps: number, settings: RemaskingSettings): readonly Leg[];
  /**
   * @param most the greatest sigma of this step
   * @param decided the decided places, with the probability of their tokens when they were written
   */
  chances(most: number, eta: number, decided: ReadonlyMap<number, number>): Remasking;
}

/** Every strategy by name. */
export const remaskingStrategies: Readonly<Record<string, RemaskingStrategy>> = {
  cap: { legs: evenLegs, chances: alike(Math.min) },
  rescale: { legs: evenLegs, chances: alike((most, eta) => most * eta) },
  confidence: { legs: evenLegs, chances: bySoftmax },
  loop: { legs: loopLegs, chances: alike(Math.min) },
};

/** The greatest sigma of a step. */
export const greatestSigma = ({ alphaT, alphaS, remasks }: Leg): number =>
  remasks && alphaT > 0 ? Math.min(1, (1 - alphaS) / alphaT) : 0;

/** The same for every place. */
function alike(sigmaOf: (most: number, eta: number) => number): RemaskingStrategy["chances"] {
  return (most, eta) => {
    const sigma = sigmaOf(most, eta);
    return { sigma, chanceOf: () => sigma };
  };
}

/** The greatest sigma, dealt out by softmax(-p). Masked places have no part in it. */
function bySoftmax(most: number, _: number, decided: ReadonlyMap<number, number>): Remasking {
  let total = 0;
  for (const probability of decided.values()) total += Math.exp(-probability);
  return {
    sigma: 0,
    chanceOf: (place) => (most * Math.exp(-decided.get(place)!)) / total,
  };
}

/** The process's own clock. */
function evenLegs(process: Process, steps: number): Leg[] {
  const clean = (t: number): number => 1 - maskedShare(process, t);
  return legsOf(reverseTimes(process, steps), (time, s, isLast) => ({
    time,
    alphaT: clean(time),
    alphaS: clean(s),
    remasks: !isLast,
  }));
}

/** A clock that rises to alphaOn, stands still, and rises to 1. */
function loopLegs(
  process: Process,
  steps: number,
  { tOn, tOff, alphaOn }: RemaskingSettings,
): Leg[] {
  if (tOff >= tOn)
    throw new UnmaskError("usage", `rule remask: tOn must be > tOff, ${tOff}, got ${tOn}`);
  const clock = (t: number): number => {
    if (t > tOn) return (alphaOn * (1 - t)) / (1 - tOn);
    return t >= tOff ? alphaOn : 1 - ((1 - alphaOn) * t) / tOff;
  };
  return legsOf(reverseTimes({ steps: undefined }, steps), (t, s, isLast) => ({
    time: timeOfShare(process, 1 - clock(t)),
    alphaT: clock(t),
    alphaS: clock(s),
    remasks: !isLast && t <= tOn && t > tOff,
  }));
}

function legsOf(
  times: readonly number[],
  leg: (t: number, s: number, isLast: boolean) => Leg,
): Leg[] {
  return times.slice(1).map((s, i) => leg(times[i]!, s, i === times.length - 2));
}
