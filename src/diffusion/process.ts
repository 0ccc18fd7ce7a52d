/**
 * Forward processes: how a text is destroyed, place by place, and how one step is undone when the
 * clean token is known (or guessed).
 *
 * A process is a Markov chain on the states of a place, from time 0, clean, to time 1, noise. It is
 * given by its transitions between any two times; everything else follows, and is written here once.
 * Chains in discrete time have `steps`: their times are the multiples of 1 / steps.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import type { Random } from "../tensor/random.ts";
import { drawWeighted } from "./categorical.ts";
import type { ChainRates } from "./chain-rates.ts";
import type { Schedule } from "./schedule.ts";
import { lawFrom, likelihoodOf, push } from "./transition.ts";
import type { Mixture, States, Transition } from "./transition.ts";

/** What a process does to the tokens of a text. Exact, float64. */
export interface Process {
  readonly name: string;
  readonly states: States;
  /** True if a token that is decided while sampling never changes again (the absorbing process). */
  readonly keepsRevealed: boolean;
  /** Steps of a chain in discrete time; undefined in continuous time. */
  readonly steps: number | undefined;
  /** The law of a place in pure noise, from which sampling starts, [size]. */
  readonly noise: Float64Array;
  /** q(x_t | x_s), 0 <= s <= t <= 1, for all states. Time 0 is clean. */
  between(s: number, t: number): Transition;
  /** How fast tokens are redrawn and masked at a time, where there is a closed form for it. */
  readonly rates: ((t: number) => Rates) | undefined;
  /** A text drawn from the noise, [length]. */
  prior(length: number, random: Random): Int32Array;
  /** x_t drawn from q(x_t | x0), each place for itself, [length] -> [length]. */
  corrupt(x0: Int32Array, t: number, random: Random): Int32Array;
  /** q(x_t = . | x0), the law of one place at time t, [size]. */
  marginal(x0: number, t: number): Float64Array;
  /** q(x_t = . | x_s), one place from time s to t >= s, [size]. */
  transition(xs: number, s: number, t: number): Float64Array;
  /**
   * p(x_s = . | x_t), in proportion to q(x_t | x_s) * sum over x0 of q(x_s | x0) belief(x0), one
   * place, [size] (D3PM, equation 4). For a belief that is certain, this is Bayes' rule.
   */
  posterior(xt: number, belief: Float64Array, s: number, t: number): Float64Array;
}

/** Events per unit of time that an unmasked place meets. */
export interface Rates {
  readonly redraw: number;
  readonly mask: number;
}

/** When how much is destroyed: what a schedule says of it, or a chain's table. */
export type Clock = Pick<Schedule, "alpha"> & Partial<Pick<Schedule, "alphaDerivative">>;

/** What makes one process. */
export interface ProcessParts {
  readonly name: string;
  readonly states: States;
  readonly keepsRevealed: boolean;
  readonly steps?: number | undefined;
  readonly noise: Float64Array;
  readonly between: (s: number, t: number) => Transition;
  readonly rates?: ((t: number) => Rates) | undefined;
}

/** A process from its transitions. */
export function processOf(parts: ProcessParts): Process {
  const { name, states, steps, noise, rates } = parts;
  const between = (s: number, t: number): Transition => {
    if (s >= 0 && s <= t && t <= 1) return parts.between(s, t);
    throw new UnmaskError(
      "usage",
      `process ${name}: times must satisfy 0 <= s <= t <= 1, got ${s} and ${t}`,
    );
  };
  return {
    ...parts,
    steps,
    rates,
    between,
    prior: (length, random) => Int32Array.from({ length }, () => drawWeighted(noise, 1, random)),
    corrupt(x0, t, random) {
      const transition = between(0, t);
      return x0.map((token) => drawFrom(transition, states, token, random));
    },
    marginal: (x0, t) => lawFrom(between(0, t), states, x0),
    transition: (xs, s, t) => lawFrom(between(s, t), states, xs),
    posterior(xt, belief, s, t) {
      const likelihood = likelihoodOf(between(s, t), states, xt);
      const law = push(between(0, s), states, belief).map((p, xs) => p * likelihood[xs]!);
      return normalised(law, xt);
    },
  };
}

/** The share of a text that is masked at a time. */
export function maskedShare({ between, states }: Process, t: number): number {
  const transition = between(0, t);
  if (transition.kind === "mixture") return transition.mask;
  return lawFrom(transition, states, states.maskId === 0 ? 1 : 0)[states.maskId]!;
}

/**
 * The transition of a process with a closed form: what scores are turned into laws by.
 *
 * @throws UnmaskError "usage" for chains of matrices.
 */
export function mixtureBetween(process: Process, s: number, t: number): Mixture {
  const transition = process.between(s, t);
  if (transition.kind === "mixture") return transition;
  throw new UnmaskError(
    "usage",
    `sample: rules of scores need a process with a closed form, got ${process.name}; use --rule ancestral`,
  );
}

/** One draw from q(. | from). A mixture's takes a single uniform for most tokens. */
function drawFrom(transition: Transition, states: States, from: number, random: Random): number {
  if (transition.kind === "matrix")
    return drawWeighted(lawFrom(transition, states, from), 1, random);
  const { size, maskId } = states;
  if (from === maskId) return maskId;
  const { keep, mask } = transition;
  const u = random.uniform();
  if (u < keep) return from;
  if (u >= 1 - mask) return maskId;
  const token = random.integer(size - 1);
  return token < maskId ? token : token + 1;
}

/** Scales to sum 1; a law that rules everything out leaves the place as it is. */
function normalised(law: Float64Array, xt: number): Float64Array {
  const total = law.reduce((sum, probability) => sum + probability, 0);
  if (total > 0) return law.map((probability) => probability / total);
  law[xt] = 1;
  return law;
}

/** How fast a process runs: by a schedule in continuous time, or by the rates of a chain's steps. */
export type Pace =
  | { readonly schedule: Clock; readonly steps?: undefined }
  | {
      /** Steps of the chain, D3PM's T. */
      readonly steps: number;
      readonly rates: ChainRates;
    };

/** What a process of the table is made of. */
export type ProcessSetting = {
  readonly states: States;
  /**
   * The law of the tokens of a text, [size], which rates by mutual information look at. Default: all
   * are equally likely.
   */
  readonly law?: Float64Array | undefined;
  /** A point in space for each id, [size][dimension], for processes that go to near tokens. */
  readonly embeddings?: readonly Float64Array[] | undefined;
  /** How many neighbours count as near. Default: 5. */
  readonly neighbours?: number | undefined;
  /** Ids of a band, the own one in the middle; odd. Default: 7. */
  readonly width?: number | undefined;
  /** The share of pure noise that is masked, where it is a choice. Default: 2/3. */
  readonly masked?: number | undefined;
} & Pace;

/** One line of the table of processes. */
export interface ProcessKind {
  readonly name: string;
  readonly summary: string;
  readonly paper: string;
  readonly keepsRevealed: boolean;
  /** Whether it also runs in continuous time, by a schedule. */
  readonly continuous: boolean;
  /** Whether it needs a point in space for each token. */
  readonly embeds: boolean;
  create(setting: ProcessSetting): Process;
}
