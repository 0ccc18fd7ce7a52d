/**
 * Processes with a closed form: a token is masked, or replaced by any token, or stays. Two clocks
 * say when: `unmasked`, the probability that a place is not masked yet, and `kept`, the probability that
 * an unmasked place never had its token redrawn.
 *
 * No matrix is ever made, so a vocabulary of any size costs nothing but its laws.
 *
 * @module
 */
import { processOf } from "./process.ts";
import type { Clock, Process } from "./process.ts";
import { evenLaw } from "./transition.ts";
import type { Mixture, States } from "./transition.ts";

/** What makes one member of the family. */
export interface MixtureOptions {
  readonly name: string;
  readonly states: States;
  /** Probability of not being masked yet; undefined: nothing is ever masked. */
  readonly unmasked?: Clock | undefined;
  /** Probability of never having been redrawn; undefined: nothing ever is. */
  readonly kept?: Clock | undefined;
  readonly steps?: number | undefined;
  /** The share of pure noise that is masked. */
  readonly masked: number;
  /** Whether a decided token stays: where nothing is redrawn. */
  readonly keepsRevealed: boolean;
}

/** Builds the process of two clocks. */
export function mixture(options: MixtureOptions): Process {
  const { states, masked } = options;
  const unmasked = readClock(options.unmasked);
  const kept = readClock(options.kept);
  return processOf({
    ...options,
    noise: evenLaw(states, masked),
    between(s, t): Mixture {
      const survive = share(unmasked.at(t), unmasked.at(s));
      const stay = share(kept.at(t), kept.at(s));
      return {
        kind: "mixture",
        keep: survive * stay,
        spread: survive * (1 - stay),
        mask: 1 - survive,
      };
    },
    // A chain has chances of steps, not rates.
    rates: options.steps ? undefined : (t) => ({ redraw: kept.rate(t), mask: unmasked.rate(t) }),
  });
}

/** What a clock shows, with time 0 as clean (schedules may start a little later), and its rate. */
function readClock({ alpha, alphaDerivative }: Clock = { alpha: () => 1 }) {
  return {
    at: (t: number): number => (t === 0 ? 1 : alpha(t)),
    rate: (t: number): number => (alphaDerivative ? -alphaDerivative(t) / alpha(t) : 0),
  };
}

/** How much of what was there at s is there at t. */
const share = (later: number, earlier: number): number => (earlier === 0 ? 0 : later / earlier);
