/**
 * The sampling loop, the only one. A text is a canvas; a model proposes tokens for its open places;
 * a rule decides what to keep. Everything else (the rule, how tokens are chosen, when to stop,
 * batching, guidance) is a value that is passed in.
 *
 * @example
 * ```ts
 * const frames = sample({
 *   denoiser,
 *   canvas: openCanvas({ prompt, length: 64, maskId: denoiser.maskId }),
 *   rule: confidence(),
 *   steps: 16,
 *   processors: processorsOf({ temperature: 0.7 }),
 *   stop: [endOfText(tokenizer.endId)],
 *   key: randomKey(1),
 * });
 * for await (const frame of frames) show(frame);
 * ```
 *
 * @module
 */
import { drawWeighted, sampleCategorical, sampleNormalized } from "../diffusion/categorical.ts";
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
import type { Change, Frame } from "./frame.ts";
import type { Processor } from "./processor.ts";
import type { Decision, Proposals, Rule, RuleRun, Wish } from "./rule.ts";
import type { Stop, StopVerdict } from "./stop.ts";

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
  readonly rule: Rule;
  /** Steps for the whole canvas. Default: one per open place. Some rules take what they need. */
  readonly steps?: number | undefined;
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
  /** Conditions checked after every step. Default: none. */
  readonly stop?: readonly Stop[] | undefined;
  /** The same key gives the same text. */
  readonly key: Key;
  /** Ends the loop with the signal's reason as error. */
  readonly signal?: AbortSignal | undefined;
}

/** Draws from weights >= 0, [vocabulary], for a place in a step counted from 0. */
export type Choose = (weights: Float64Array, at: { step: number; place: number }) => number;

/**
 * Fills a canvas and reports a frame per step; the first frame is the start, the last carries
 * `done` and `reason`. Given tokens never change.
 *
 * @throws UnmaskError "usage" at once for options that make no sense.
 */
export function sample(options: SampleOptions): AsyncGenerator<Frame, Frame, undefined> {
  const loop = checked(options);
  return frames(loop);
}

/** The options after checking, and the state of the loop. */
interface Loop {
  readonly denoiser: Denoiser;
  readonly process: Process;
  readonly rule: Rule;
  readonly processors: readonly Processor[];
  readonly choose: Choose | undefined;
  readonly script: Int32Array | undefined;
  readonly stop: readonly Stop[];
  readonly key: Key;
  readonly signal: AbortSignal | undefined;
  readonly blocks: readonly Block[];
  /** The places that were open at the start. */
  readonly places: Int32Array;
  /** 1 for the places that were open at the start. */
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

async function* frames(loop: Loop): AsyncGenerator<Frame, Frame, undefined> {
  let wish = nextWish(loop);
  let frame = describe(loop, [], wish === undefined);
  yield frame;
  while (wish !== undefined && !frame.done) {
    const changed = await takeStep(loop, wish);
    wish = nextWish(loop);
    frame = describe(loop, changed, wish === undefined);
    yield frame;
  }
  return frame;
}

/** The wish of the current block's rule, or of the next block's; undefined at the end. */
function nextWish(loop: Loop): Wish | undefined {
  for (; loop.block < loop.blocks.length; loop.block++) {
    const { places, steps } = loop.blocks[loop.block]!;
    loop.run ??= loop.rule.start({
      canvas: loop.canvas.slice(),
      open: places,
      steps,
      random: randomStream(splitKey(loop.key, "rule", loop.block)),
      vocabulary: loop.denoiser.vocabulary,
      maskId: loop.denoiser.maskId,
      process: loop.process,
    });
    const open = places.filter((place) => loop.isOpen[place] === 1);
    const wish = loop.run.next(open);
    if (wish !== undefined) return wish;
    if (open.length > 0) throw brokenRule(loop, `ended with ${open.length} open places`);
    loop.run = undefined;
  }
  return undefined;
}

/** One step: ask, draw, decide, write. */
async function takeStep(loop: Loop, wish: Wish): Promise<Change[]> {
  loop.signal?.throwIfAborted();
  for (const place of wish.places) {
    if (loop.written[place] !== 1) throw brokenRule(loop, `asked for the given place ${place}`);
  }
  const logProbs = wish.places.length === 0 ? new Float32Array(0) : await ask(loop, wish);
  const proposals = draw(loop, wish, logProbs);
  const decision = loop.run!.keep(proposals);
  const changed = write(loop, proposals, decision);
  loop.step += 1;
  loop.idle = changed.length > 0 ? 0 : loop.idle + 1;
  if (loop.idle > loop.patience) throw brokenRule(loop, `changed nothing in ${loop.idle} steps`);
  return changed;
}

async function ask(loop: Loop, { places, time }: Wish): Promise<Float32Array> {
  const { denoiser, signal } = loop;
  // The denoiser may keep its arguments in a queue: it gets copies.
  const logProbs = await denoiser.predict({
    canvas: loop.canvas.slice(),
    places: places.slice(),
    time,
  });
  signal?.throwIfAborted();
  loop.passes += 1;
  if (logProbs.length !== places.length * denoiser.vocabulary) {
    throw new Error(
      `sample: the denoiser gave ${logProbs.length} numbers for ${places.length} places of ${denoiser.vocabulary}`,
    );
  }
  return logProbs;
}

/** A token for each place. A draw depends on key, step and place only, not on what else is asked. */
function draw(loop: Loop, { places, law }: Wish, logProbs: Float32Array): Proposals {
  const { vocabulary, maskId, answers } = loop.denoiser;
  const confidence = new Float64Array(places.length);
  const tokens = places.map((place, i) => {
    const row = logProbs.subarray(i * vocabulary, (i + 1) * vocabulary);
    if (answers !== "score" && row[maskId] !== -Infinity)
      throw new Error("sample: the denoiser may not propose the mask");
    const { token, probability } = drawToken(loop, place, row, law);
    confidence[i] = probability ?? Math.exp(row[token]!);
    return token;
  });
  return {
    places,
    current: places.map((place) => loop.canvas[place]!),
    tokens,
    confidence,
    logProbs,
  };
}

/** The token, and its probability among all tokens where a wish's law decided. */
function drawToken(
  loop: Loop,
  place: number,
  row: Float32Array,
  law: Wish["law"],
): { token: number; probability?: number } {
  const { canvas, processors, choose, step } = loop;
  const random = randomStream(splitKey(loop.key, "pick", step, place));
  // A plain draw reads the model's row as it is, without a copy.
  if (!law && !choose && processors.length === 0) return { token: sampleNormalized(row, random) };
  const view = { canvas, place, maskId: loop.denoiser.maskId };
  let bent: Float64Array = Float64Array.from(row);
  for (const process of processors) bent = process(bent, view);
  if (!law && !choose) return { token: sampleCategorical(bent, random) };
  const weights = law ? law(bent, canvas[place]!) : bent.map(Math.exp);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const token = choose ? choose(weights, { step, place }) : drawWeighted(weights, total, random);
  // Among tokens: that a place may stay masked says nothing about what it would be.
  const tokens = total - weights[view.maskId]!;
  return law ? { token, probability: weights[token]! / tokens } : { token };
}

/** Carries a decision out, holding the rule to what it promised. */
function write(loop: Loop, proposals: Proposals, decision: Decision): Change[] {
  const { canvas, isOpen, rule, denoiser } = loop;
  const changed: Change[] = [];
  for (const place of decision.reopen ?? []) {
    if (rule.keepsRevealed || loop.written[place] !== 1)
      throw brokenRule(loop, `reopened ${place}`);
    isOpen[place] = 1;
    canvas[place] = denoiser.maskId;
    changed.push({ place, token: denoiser.maskId, confidence: 0 });
  }
  for (const index of Array.from(decision.keep)) {
    const place = proposals.places[index];
    if (place === undefined) throw brokenRule(loop, `kept proposal ${index}, which is not there`);
    if (isOpen[place] === 0 && rule.keepsRevealed) throw brokenRule(loop, `rewrote ${place}`);
    isOpen[place] = 0;
    const { token, confidence } = written(loop, proposals, index);
    canvas[place] = token;
    changed.push({ place, token, confidence });
  }
  for (const { place, token } of decision.drafts ?? []) {
    if (isOpen[place] !== 1) throw brokenRule(loop, `wrote a draft on the closed place ${place}`);
    canvas[place] = token;
  }
  return changed.toSorted((a, b) => a.place - b.place);
}

/** What a kept proposal writes: its draw, or what the script says. */
function written(
  { script, denoiser: { vocabulary } }: Loop,
  { places, tokens, confidence, logProbs }: Proposals,
  index: number,
): { token: number; confidence: number } {
  if (!script) return { token: tokens[index]!, confidence: confidence[index]! };
  const token = script[places[index]!]!;
  return { token, confidence: Math.exp(logProbs[index * vocabulary + token]!) };
}

/** The frame of the present state, after asking the stop conditions. */
function describe(loop: Loop, changed: readonly Change[], isFilled: boolean): Frame {
  const frame: Frame = {
    step: loop.step,
    canvas: loop.canvas.slice(),
    changed,
    open: loop.isOpen.reduce((sum, flag) => sum + flag, 0),
    passes: loop.passes,
    done: false,
  };
  const verdict = loop.step === 0 ? undefined : judge(loop, frame);
  if (verdict === undefined) return isFilled ? { ...frame, done: true, reason: "filled" } : frame;
  const { reason, length = frame.canvas.length } = verdict;
  return {
    ...frame,
    canvas: frame.canvas.slice(0, length),
    changed: changed.filter(({ place }) => place < length),
    open: loop.isOpen.subarray(0, length).reduce((sum, flag) => sum + flag, 0),
    done: true,
    reason,
  };
}

function judge(loop: Loop, frame: Frame): StopVerdict | undefined {
  const { stop, places, isOpen, rule, blocks } = loop;
  // Where decided places may be opened again, none is final before its block is done.
  const unfinished = rule.keepsRevealed ? [] : blocks.slice(loop.block);
  const pending = new Set(unfinished.flatMap((block) => [...block.places]));
  const view = {
    frame,
    places,
    isOpen: (place: number) => isOpen[place] === 1 || pending.has(place),
  };
  for (const condition of stop) {
    const verdict = condition(view);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

function checked(options: SampleOptions): Loop {
  const { canvas, rule, block, signal, key, script } = options;
  const { vocabulary: size, maskId, turnOf } = options.denoiser;
  checkCanvas(options.denoiser, canvas);
  const places = openPlaces(options);
  const steps = options.steps ?? Math.max(1, places.length);
  checkCount("steps", steps);
  if (block !== undefined) checkCount("block", block);
  if (rule.reads === "score" && options.processors && options.processors.length > 0)
    throw new UnmaskError(
      "usage",
      `sample: rule ${rule.name} draws from scores, to which temperature, top-p and the like don't apply; leave them out, or use --rule ancestral`,
    );
  const isOpen = new Uint8Array(canvas.length);
  for (const place of places) isOpen[place] = 1;
  const process =
    options.denoiser.process ??
    absorbing({ states: { size, maskId }, schedule: createSchedule("log-linear") });
  return {
    denoiser: answering(options.denoiser, rule.reads ?? "x0", process),
    process,
    rule,
    processors: options.processors ?? [],
    choose: options.choose,
    script,
    stop: options.stop ?? [],
    key,
    signal,
    blocks: splitBlocks(places, { size: block, steps, obeysSteps: rule.obeysSteps, turnOf }),
    places,
    written: isOpen.slice(),
    patience: steps + places.length,
    canvas: withNoise(canvas, process, splitKey(key, "noise")),
    isOpen,
    step: 0,
    passes: 0,
    idle: 0,
    block: 0,
    run: undefined,
  };
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

function checkCount(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new UnmaskError("usage", `sample: ${name} must be an integer >= 1, got ${value}`);
}

/** A fault of a rule, not of its user: no UnmaskError. */
function brokenRule({ rule, step }: Loop, what: string): Error {
  return new Error(`sample: rule ${rule.name} ${what} (step ${step})`);
}
