/**
 * The rates of chains in discrete time: D3PM's beta_1 .. beta_T, how much each step destroys
 * (Austin et al., 2021, section 3.1 and appendix A).
 *
 * What a beta is, is up to the process: for closed forms the chance that a token meets an event, for
 * Gaussian noise the width, for matrix exponentials the exponent of a step.
 *
 * @module
 */

/** How much each step of a chain destroys. */
export interface ChainRates {
  readonly name: string;
  /**
   * beta_1 .. beta_steps, [steps].
   *
   * @param decay how the process forgets, for rates that follow from it; undefined where it has no
   *   rate matrix
   */
  betas(steps: number, decay: Decay | undefined): Float64Array;
}

/** How a process with a rate matrix R forgets: its transitions are exp(exponent * R). */
export interface Decay {
  /** The share of I(x_t; x_0) that is gone after an exponent: 0 at 0, rising to 1. */
  forgotten(exponent: number): number;
  /** What the process calls a step of this exponent: its beta. */
  beta(exponent: number): number;
  /** True if nothing is known after the last step, whose exponent is then infinite. */
  readonly forgetsAll: boolean;
}

/** A place that meets events at rate 1: the chance of at least one. Infinity gives 1. */
export const chanceOf = (exponent: number): number => -Math.expm1(-exponent);
