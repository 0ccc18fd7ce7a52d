/**
 * Reveal rules: which places to ask the model about, and which of its proposals to keep. All that
 * distinguishes one sampler from another is a rule; the loop in `sample.ts` is the same for all.
 *
 * A rule is started once per block of a canvas and remembers what it needs in its closure. Before
 * each step the loop calls `next` with the places that are open; the answer names the places whose
 * log-probabilities are wanted (none: the step makes no forward pass). Afterwards it calls `keep`
 * with the drawn proposals for exactly these places.
 *
 * @example
 * A rule that keeps the surest proposal of each run of open places, whole:
 * ```ts
 * export const runs = rule(
 *   {
 *     kind: "rule",
 *     name: "runs",
 *     summary: "the surest token of each run of open places",
 *     options: {},
 *   },
 *   { keepsRevealed: true, obeysSteps: false },
 *   (_, context) => ({
 *     next: askAll(context),
 *     keep({ places, confidence }) {
 *       const best: number[] = [];
 *       places.forEach((place, i) => {
 *         if (i === 0 || place > places[i - 1]! + 1) best.push(i);
 *         else if (confidence[i]! > confidence[best.at(-1)!]!) best[best.length - 1] = i;
 *       });
 *       return { keep: best };
 *     },
 *   }),
 * );
 * ```
 *
 * @module
 */
import { maskedShare } from "../diffusion/process.ts";
import type { Process } from "../diffusion/process.ts";
import type { Answers, Belief } from "./denoiser.ts";
import type { Alternative } from "./frame.ts";
import { variant } from "../variant.ts";
import type { OptionDocs, OptionValues, VariantDocs, VariantFactory } from "../variant.ts";
import type { Random } from "../tensor/random.ts";

/** What a rule knows when it starts on a canvas, or on one block of it. */
export interface RuleContext {
  /** The canvas at the start; not to be changed. */
  readonly canvas: Int32Array;
  /** The places this run has to fill, or may rewrite where they are given; ascending. */
  readonly open: Int32Array;
  /** Steps this run should take, >= 1. */
  readonly steps: number;
  /**
   * Places that the steps are for: the open ones, or, where steps are given for each block, those of a
   * whole block.
   */
  readonly size: number;
  /** The rule's own draws; token draws come from elsewhere. */
  readonly random: Random;
  readonly vocabulary: number;
  readonly maskId: number;
  /** The forward process that the model undoes. */
  readonly process: Process;
}

/** What a rule wants for its next step. */
export interface Wish {
  /** Places to get proposals for, ascending; empty = no forward pass in this step. */
  readonly places: Int32Array;
  /** The noise level to tell the model, in [0, 1]. */
  readonly time: number;
  /**
   * The law that a place's token is drawn from, given the model's row after all processors and the
   * token that stands there: weights >= 0, [vocabulary], of which the mask's means "stays open".
   * Default: the row itself.
   */
  readonly law?: ((row: Float64Array, current: number) => Float64Array) | undefined;
  /** An earlier prediction that the model is to go on from, if it can. Default: none. */
  readonly belief?: Belief | undefined;
}

/** One drawn token for each wished place. */
export interface Proposals {
  readonly places: Int32Array;
  /** What stands there now: the mask id, a draft, or a decided token. [places] */
  readonly current: Int32Array;
  /** The drawn tokens. [places] */
  readonly tokens: Int32Array;
  /**
   * The model's probability of each drawn token, before temperature and truncation; where the wish
   * had a law, the law's probability of it among all tokens. [places]
   */
  readonly confidence: Float64Array;
  // The model's own law at the place of a proposal, before temperature and truncation, by its index:
  /** By how much the likeliest token is more probable than the second, 0 to 1. */
  readonly margin: (index: number) => number;
  /** -sum p log p, in nats. */
  readonly entropy: (index: number) => number;
  /** All log-probabilities, [vocabulary]; only for rules that say `readsRows`. */
  readonly row: (index: number) => Float32Array;
  /** The weights that the token was drawn from, [vocabulary]; only where the wish had a law. */
  readonly law: (index: number) => Float64Array;
  /** The likeliest tokens, from the likeliest down: as many as a survey names. */
  readonly likeliest: (index: number, count: number) => Alternative[];
}

/** A rule's answer to proposals. */
export interface Decision {
  /** Indices into the proposals (not places): these tokens are written and their places closed. */
  readonly keep: ArrayLike<number>;
  /** What kept proposals are written with, [proposals]. Default: their draws. */
  readonly tokens?: Int32Array | undefined;
  /** Decided places to open again (remasking). Only for rules that do not keep the revealed. */
  readonly reopen?: readonly number[];
  /** Tokens to write into places that are open, or are opened by it (processes without a mask). */
  readonly drafts?: readonly { readonly place: number; readonly token: number }[];
}

/** A rule at work on one canvas. */
export interface RuleRun {
  /** The next step's wish, given the open places of this run, or undefined if the run is finished. */
  next(open: Int32Array): Wish | undefined;
  keep(proposals: Proposals): Decision;
}

/** What shared code needs to know of a rule. */
export interface RuleTraits {
  /** True if a decided token never changes. */
  readonly keepsRevealed: boolean;
  /** True if a run takes at most the steps it is given; false if it takes what it needs. */
  readonly obeysSteps: boolean;
  /** What it reads of a model's answers; other models' are translated. Default: `x0`. */
  readonly reads?: Answers | undefined;
  /** True if it looks at whole rows of proposals. Default: false. */
  readonly readsRows?: boolean | undefined;
  /**
   * True if nothing but the canvas and the model's answers decides. With greedy draws the order of
   * places is then a function of the text, under which its likelihood is exact. Default: false.
   */
  readonly deterministic?: boolean | undefined;
}

/** A reveal rule. */
export interface Rule extends RuleTraits {
  readonly name: string;
  start(context: RuleContext): RuleRun;
}

/** Joins the parts of a rule into a factory that is also a line of the table. */
export function rule<const Docs extends OptionDocs>(
  docs: VariantDocs<Docs>,
  traits: RuleTraits,
  start: (options: OptionValues<Docs>, context: RuleContext) => RuleRun,
): VariantFactory<Docs, Rule> {
  return variant(docs, (options): Rule => ({
    name: docs.name,
    ...traits,
    start: (context) => start(options, context),
  }));
}

/** Wishes of rules that ask about every open place and decide afterwards. */
export function askAll(context: RuleContext): RuleRun["next"] {
  return (open) =>
    open.length === 0 ? undefined : { places: open, time: timeOf(context, open.length) };
}

/**
 * The time to tell a model when `open` of a run's places are masked: when the process has masked this
 * share of a text. Rules that count places have no clock of their own.
 */
export function timeOf({ process, open: all }: RuleContext, open: number): number {
  const share = open / all.length;
  if (!process.keepsRevealed || share >= 1) return Math.min(1, share);
  return timeOfShare(process, share);
}

/** When a process has masked this share of a text; 1 if it never masks as much. */
export function timeOfShare(process: Process, share: number): number {
  let [low, high] = [0, 1];
  // Bisection to the precision of a time feature.
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    if (maskedShare(process, middle) < share) low = middle;
    else high = middle;
  }
  return high;
}

/** No proposal left out. */
export function keepAll({ places }: Proposals): Decision {
  return { keep: [...places.keys()] };
}

/**
 * The share of one part when `total` is dealt evenly to `parts`: floor(total / parts), and one more
 * for each of the first total mod parts (LLaDA's number of tokens per step).
 *
 * @example
 * ```ts
 * [0, 1, 2].map((part) => evenShare(8, 3, part)); // [3, 3, 2]
 * ```
 */
export function evenShare(total: number, parts: number, part: number): number {
  return Math.floor(total / parts) + (part < total % parts ? 1 : 0);
}
