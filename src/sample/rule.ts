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
 * The rule "threshold" of Fast-dLLM, whole:
 * ```ts
 * export const threshold = rule(
 *   {
 *     kind: "rule",
 *     name: "threshold",
 *     summary: "keeps all proposals above a confidence, and at least the best one",
 *     options: { tau: { type: "number", default: 0.9, minimum: 0, summary: "the confidence" } },
 *   },
 *   { keepsRevealed: true, obeysSteps: false },
 *   ({ tau }, { open: all }) => ({
 *     next: (open) =>
 *       open.length === 0 ? undefined : { places: open, time: open.length / all.length },
 *     keep({ confidence }) {
 *       const best = argmax(confidence);
 *       return { keep: [...confidence.keys()].filter((i) => i === best || confidence[i]! >= tau) };
 *     },
 *   }),
 * );
 * ```
 *
 * @module
 */
import { variant } from "../variant.ts";
import type { OptionDocs, OptionValues, VariantDocs, VariantFactory } from "../variant.ts";
import type { Random } from "../tensor/random.ts";

/** What a rule knows when it starts on a canvas, or on one block of it. */
export interface RuleContext {
  /** The canvas at the start; not to be changed. */
  readonly canvas: Int32Array;
  /** The places this run has to fill, ascending. */
  readonly open: Int32Array;
  /** Steps this run should take, >= 1. */
  readonly steps: number;
  /** The rule's own draws; token draws come from elsewhere. */
  readonly random: Random;
  readonly vocabulary: number;
  readonly maskId: number;
}

/** What a rule wants for its next step. */
export interface Wish {
  /** Places to get proposals for, ascending; empty = no forward pass in this step. */
  readonly places: Int32Array;
  /** The noise level to tell the model, in [0, 1]. */
  readonly time: number;
}

/** One drawn token for each wished place. */
export interface Proposals {
  readonly places: Int32Array;
  /** What stands there now: the mask id, a draft, or a decided token. [places] */
  readonly current: Int32Array;
  /** The drawn tokens. [places] */
  readonly tokens: Int32Array;
  /** The model's probability of each drawn token, before temperature and truncation. [places] */
  readonly confidence: Float64Array;
  /** The model's log-probabilities, row-major. [places, vocabulary] */
  readonly logProbs: Float32Array;
}

/** A rule's answer to proposals. */
export interface Decision {
  /** Indices into the proposals (not places): these tokens are written and their places closed. */
  readonly keep: ArrayLike<number>;
  /** Decided places to open again (remasking). Only for rules that do not keep the revealed. */
  readonly reopen?: readonly number[];
  /** Tokens to write into places that stay open (processes without a mask). */
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
