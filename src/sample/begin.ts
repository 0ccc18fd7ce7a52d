/**
 * The sampling loop's options, how they are checked, and the state that follows from them.
 *
 * @module
 */
import type { Process } from "../diffusion/process.ts";
import { absorbing } from "../diffusion/processes/absorbing.ts";
import { createSchedule } from "../diffusion/schedules/index.ts";
import { UnmaskError } from "../errors.ts";
import { randomStream, splitKey } from "../tensor/random.ts";
import type { Key } from "../tensor/random.ts";
import { answering } from "./answers.ts";
import { splitBlocks } from "./blocks.ts";
import type { Block } from "./blocks.ts";
import type { Denoiser } from "./denoiser.ts";
import type { Choose } from "./draw.ts";
import { tokensNeeded } from "./processor.ts";
import type { Processor } from "./processor.ts";
import type { Rule, RuleRun } from "./rule.ts";
import type { Stop } from "./stop.ts";

/** What to sample, with what, and how. */
export interface SampleOptions {
  readonly denoiser: Denoiser;
  /** Token ids; the mask id marks open places. It is copied. */
  readonly canvas: Int32Array;
  /**
   * The open places, if they are not those that hold the mask: for processes without a mask, whose
   * open places hold drafts. All other places are given and never change.
   */
  readonly open?: Int32Array | undefined;
  /**
   * Places whose tokens are given, but may be rewritten: they begin decided. For rules that rewrite. Default: none.
   */
  readonly revise?: Int32Array | undefined;
  readonly rule: Rule;
  /** Steps for the whole canvas. Default: one per open place. Some rules take what they need. */
  readonly steps?: number | undefined;
  /**
   * Steps of each block, in place of `steps`, as block diffusion models count (SDAR, LLaDA2). A block of fewer
   * than `block` open places goes at the pace of a whole one, and so takes fewer steps.
   */
  readonly stepsPerBlock?: number | undefined;
  /** Fill blocks of so many open places from left to right. Default: the whole canvas at once. */
  readonly block?: number | undefined;
  /** Changes to the model's law before a token is drawn. Default: none. */
  readonly processors?: readonly Processor[] | undefined;
  /**
   * The text to write, whatever is drawn, [canvas]: what the model thinks of it, in the order in which
   * the rule would write, is then the confidence of the frames' changes. A rule that looks at draws
   * before it decides must not look at these, so they take the tokens' place only afterwards.
   */
  readonly script?: Int32Array | undefined;
  /**
   * Draws an index from weights, in place of the exact draw from the key: to replay recorded draws.
   */
  readonly choose?: Choose | undefined;
  /** How many of the likeliest tokens each change tells. Default: none. */
  readonly alternatives?: number | undefined;
  /** Conditions checked after every step. Default: none. */
  readonly stop?: readonly Stop[] | undefined;
  /** The same key gives the same text. */
  readonly key: Key;
  /** Ends the loop with the signal's reason as error. */
  readonly signal?: AbortSignal | undefined;
}

/** The options after checking, and the state of the loop. */
export interface Loop {
  readonly denoiser: Denoiser;
  /** The denoiser's surveys, where they tell all that is read. */
  readonly survey: Denoiser["survey"];
  readonly process: Process;
  readonly rule: Rule;
  readonly processors: readonly Processor[];
  readonly choose: Choose | undefined;
  readonly script: Int32Array | undefined;
  readonly alternatives: number;
  readonly stop: readonly Stop[];
  readonly key: Key;
  readonly signal: AbortSignal | undefined;
  readonly blocks: readonly Block[];
  /** The places to write: those that were open at the start, and those to revise. */
  readonly places: Int32Array;
  /** 1 for these. */
  readonly written: Uint8Array;
  /** Longest row of steps without a change that a rule may need. */
  readonly patience: number;
  readonly canvas: Int32Array;
  readonly isOpen: Uint8Array;
  step: number;
  passes: number;
  idle: number;
  block: number;
  run: RuleRun | undefined;
}

/** Checks the options and lays the canvas out. */
export function beginLoop(options: SampleOptions): Loop {
  const { canvas, rule, block, stepsPerBlock, signal, key, script } = options;
  const { vocabulary: size, maskId, turnOf } = options.denoiser;
  checkCanvas(options.denoiser, canvas);
  const open = openPlaces(options);
  const places = Int32Array.from([...open, ...revisedPlaces(options, open)]).toSorted();
  const steps = options.steps ?? Math.max(1, places.length);
  checkCount("steps", steps);
  if (stepsPerBlock !== undefined) checkCount("stepsPerBlock", stepsPerBlock);
  if (stepsPerBlock !== undefined && options.steps !== undefined)
    throw new UnmaskError(
      "usage",
      `sample: needs steps or stepsPerBlock, got both, ${steps} and ${stepsPerBlock}; leave one out`,
    );
  if (block !== undefined) checkCount("block", block);
  if (options.alternatives !== undefined) checkCount("alternatives", options.alternatives);
  if (rule.reads === "score" && options.processors && options.processors.length > 0)
    throw new UnmaskError(
      "usage",
      `sample: rule ${rule.name} draws from scores, to which temperature, top-p and the like don't apply; leave them out, or use --rule ancestral`,
    );
  const flags = (marked: Int32Array): Uint8Array => {
    const flag = new Uint8Array(canvas.length);
    for (const place of marked) flag[place] = 1;
    return flag;
  };
  const process =
    options.denoiser.process ??
    absorbing({ states: { size, maskId }, schedule: createSchedule("log-linear") });
  const denoiser = answering(options.denoiser, rule.reads ?? "x0", process);
  const { obeysSteps } = rule;
  const blocks = splitBlocks(places, { size: block, steps, stepsPerBlock, obeysSteps, turnOf });
  return {
    denoiser,
    survey: surveySuffices(denoiser, options) ? denoiser.survey : undefined,
    process,
    rule,
    processors: options.processors ?? [],
    choose: options.choose,
    script,
    alternatives: options.alternatives ?? 0,
    stop: options.stop ?? [],
    key,
    signal,
    blocks,
    places,
    written: flags(places),
    patience: (stepsPerBlock ? stepsPerBlock * blocks.length : steps) + places.length,
    canvas: withNoise(canvas, process, splitKey(key, "noise")),
    isOpen: flags(open),
    step: 0,
    passes: 0,
    idle: 0,
    block: 0,
    run: undefined,
  };
}

/**
 * Whether draws and decisions look at no more than a survey tells, unless a wish has a law of its own.
 */
function surveySuffices(
  { answers = "x0", surveyWidth = 0 }: Denoiser,
  { rule, script, choose, processors = [], alternatives = 0 }: SampleOptions,
): boolean {
  if (script || choose || rule.readsRows || answers !== "x0") return false;
  return Math.max(tokensNeeded(processors), alternatives) <= surveyWidth;
}

/** A copy whose masked places hold pure noise: masks again, or random tokens. */
function withNoise(canvas: Int32Array, process: Process, key: Key): Int32Array {
  const { maskId } = process.states;
  const noise = process.prior(canvas.length, randomStream(key));
  return canvas.map((token, place) => (token === maskId ? noise[place]! : token));
}

function checkCanvas({ vocabulary, maxLength }: Denoiser, canvas: Int32Array): void {
  if (maxLength !== undefined && canvas.length > maxLength) {
    throw new UnmaskError(
      "usage",
      `sample: the canvas must have at most ${maxLength} places for this model, got ${canvas.length}; shorten the prompt or the length`,
    );
  }
  const strange = canvas.findIndex((token) => token < 0 || token >= vocabulary);
  if (strange < 0) return;
  throw new UnmaskError(
    "usage",
    `sample: token ids must be in 0 .. ${vocabulary - 1}, got ${canvas[strange]} at place ${strange}; was the text encoded for another model?`,
  );
}

function openPlaces({ canvas, open, denoiser }: SampleOptions): Int32Array {
  const masked = Int32Array.from(canvas.keys()).filter((i) => canvas[i] === denoiser.maskId);
  if (open === undefined) return masked;
  const places = new Set(open);
  const inside = open.every((place) => place >= 0 && place < canvas.length);
  if (!inside || places.size < open.length || masked.some((place) => !places.has(place))) {
    throw new UnmaskError(
      "usage",
      `sample: open must name different places of the canvas (0 .. ${canvas.length - 1}), all masked ones among them, got [${open.join(", ")}]`,
    );
  }
  return open.toSorted();
}

function revisedPlaces({ canvas, revise, rule }: SampleOptions, open: Int32Array): Int32Array {
  if (revise === undefined) return new Int32Array(0);
  if (rule.keepsRevealed)
    throw new UnmaskError(
      "usage",
      `sample: a text is revised by a rule that rewrites what stands, got ${rule.name}, which never does; use joint-threshold or self-correct`,
    );
  const places = new Set([...open, ...revise]);
  const inside = revise.every((place) => place >= 0 && place < canvas.length);
  if (inside && places.size === open.length + revise.length) return revise;
  throw new UnmaskError(
    "usage",
    `sample: revise must name different places of the canvas (0 .. ${canvas.length - 1}) that are not open, got [${revise.join(", ")}]`,
  );
}

function checkCount(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new UnmaskError("usage", `sample: ${name} must be an integer >= 1, got ${value}`);
}
