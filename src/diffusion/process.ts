/**
 * Forward processes: how a text is destroyed, place by place, and how one step is undone when the
 * clean token is known (or guessed).
 *
 * A process is a Markov chain on `size` states per place, run on the clock `alpha`: 1 is clean, 0
 * is noise, and a {@link Schedule} says when the clock shows what. Everything a process answers is
 * a function of clock readings, so any schedule drives any process. (A chain that is given as a
 * list of matrices keeps a table from its readings of alpha to its cumulative products.)
 *
 * @module
 */
import type { Random } from "../tensor/random.ts";

/** What a process does to the tokens of a text. Exact, float64. */
export interface Process {
  readonly name: string;
  /** Number of states of a place: tokens, and the mask where there is one. */
  readonly size: number;
  /** True if a token that is decided while sampling never changes again (the absorbing process). */
  readonly keepsRevealed: boolean;
  /** A text drawn from the noise at alpha = 0, [length]. */
  prior(length: number, random: Random): Int32Array;
  /** x_t drawn from q(x_t | x0), each place for itself, [length] -> [length]. */
  corrupt(x0: Int32Array, alpha: number, random: Random): Int32Array;
  /** q(x_t = . | x0), the law of one place at clock alpha, [size]. */
  marginal(x0: number, alpha: number): Float64Array;
  /** q(x_t = . | x_s), one place from clock alphaS to alphaT <= alphaS, [size]. */
  transition(xs: number, alphaS: number, alphaT: number): Float64Array;
  /**
   * p(x_s = . | x_t) = sum over x0 of q(x_s | x_t, x0) p(x0), one place, [size].
   * `x0` are the model's probabilities of the clean token, [size]; alphaS >= alphaT.
   */
  posterior(xt: number, x0: Float64Array, alphaS: number, alphaT: number): Float64Array;
}

/** The states a process runs on. */
export interface States {
  /** Number of ids, the mask included. */
  readonly size: number;
  readonly maskId: number;
}

/** One line of the table of processes. */
export interface ProcessKind {
  readonly name: string;
  readonly summary: string;
  readonly paper: string;
  readonly keepsRevealed: boolean;
  create(states: States): Process;
}
