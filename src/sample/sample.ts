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
 *   stop: [endOfText(tokenizer.endIds)],
 *   key: randomKey(1),
 * });
 * for await (const frame of frames) show(frame);
 * ```
 *
 * @module
 */
import { randomStream, splitKey } from "../tensor/random.ts";
import { beginLoop } from "./begin.ts";
import type { Loop, SampleOptions } from "./begin.ts";
import type { Span } from "./canvas.ts";
import { draw } from "./draw.ts";
import type { Change, Frame } from "./frame.ts";
import { readRows, readSurvey } from "./reading.ts";
import type { Reading } from "./reading.ts";
import type { Decision, Proposals, Wish } from "./rule.ts";
import type { StopVerdict } from "./stop.ts";

export type { SampleOptions } from "./begin.ts";

/**
 * Fills a canvas and reports a frame per step; the first frame is the start, the last carries
 * `done` and `reason`. Given tokens never change.
 *
 * @throws UnmaskError "usage" at once for options that make no sense.
 */
export function sample(options: SampleOptions): AsyncGenerator<Frame, Frame, undefined> {
  return frames(beginLoop(options));
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
    const { places, steps, size } = loop.blocks[loop.block]!;
    loop.run ??= loop.rule.start({
      canvas: loop.canvas.slice(),
      open: places,
      steps,
      size,
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
  const proposals = draw(loop, wish, await ask(loop, wish));
  const decision = loop.run!.keep(proposals);
  const changed = write(loop, proposals, decision);
  loop.step += 1;
  loop.idle = changed.length > 0 ? 0 : loop.idle + 1;
  if (loop.idle > loop.patience) throw brokenRule(loop, `changed nothing in ${loop.idle} steps`);
  return changed;
}

/** What the model says of the wished places; of none, without a forward pass. */
async function ask(loop: Loop, { places, time, law, belief }: Wish): Promise<Reading> {
  const { denoiser, canvas, signal } = loop;
  const { vocabulary, maskId, answers, surveyWidth = 0 } = denoiser;
  if (places.length === 0) return readRows(new Float32Array(0), vocabulary);
  const block = spanOf(loop.blocks[loop.block]!.places);
  // The denoiser may keep its arguments in a queue: it gets copies.
  const request = { canvas: canvas.slice(), places: places.slice(), time, block, belief };
  const survey = law ? undefined : await loop.survey?.(request);
  const numbers = survey?.logProbs ?? (await denoiser.predict(request));
  signal?.throwIfAborted();
  loop.passes += 1;
  const width = survey ? surveyWidth : vocabulary;
  if (numbers.length !== places.length * width) {
    throw new Error(
      `sample: the denoiser gave ${numbers.length} numbers for ${places.length} places of ${width}`,
    );
  }
  const proposesMask = survey
    ? survey.tokens.some((token, i) => token === maskId && numbers[i]! > -Infinity)
    : answers !== "score" && places.some((_, i) => numbers[i * width + maskId]! !== -Infinity);
  if (proposesMask) throw new Error("sample: the denoiser may not propose the mask");
  return survey ? readSurvey(survey) : readRows(numbers, vocabulary);
}

/** From the first place to the last. */
const spanOf = (places: Int32Array): Span => ({ start: places[0]!, end: places.at(-1)! + 1 });

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
    const { token, confidence } = written(loop, proposals, decision, index);
    canvas[place] = token;
    const { alternatives: count } = loop;
    const alternatives = count > 0 ? proposals.likeliest(index, count) : undefined;
    changed.push({ place, token, confidence, ...(alternatives && { alternatives }) });
  }
  for (const { place, token } of decision.drafts ?? []) {
    const isFinal = rule.keepsRevealed ? isOpen[place] !== 1 : loop.written[place] !== 1;
    if (isFinal) throw brokenRule(loop, `wrote a draft on the closed place ${place}`);
    isOpen[place] = 1;
    canvas[place] = token;
  }
  return changed.toSorted((a, b) => a.place - b.place);
}

/** What a kept proposal writes: its draw, or what the rule or the script says. */
function written(
  { script }: Loop,
  { places, tokens, confidence, row }: Proposals,
  decision: Decision,
  index: number,
): { token: number; confidence: number } {
  const token = script ? script[places[index]!] : decision.tokens?.[index];
  if (token === undefined) return { token: tokens[index]!, confidence: confidence[index]! };
  return { token, confidence: Math.exp(row(index)[token]!) };
}

/** The frame of the present state, after asking the stop conditions. */
function describe(loop: Loop, changed: readonly Change[], isFilled: boolean): Frame {
  const frame: Frame = {
    step: loop.step,
    canvas: loop.canvas.slice(),
    changed,
    open: loop.isOpen.reduce((sum, flag) => sum + flag, 0),
    settled: settledPlaces(loop),
    passes: loop.passes,
    done: false,
  };
  const verdict = loop.step === 0 ? undefined : judge(loop, frame);
  const all = frame.canvas.length;
  if (verdict === undefined)
    return isFilled ? { ...frame, settled: all, done: true, reason: "filled" } : frame;
  const { reason, length = all } = verdict;
  return {
    ...frame,
    canvas: frame.canvas.slice(0, length),
    changed: changed.filter(({ place }) => place < length),
    open: loop.isOpen.subarray(0, length).reduce((sum, flag) => sum + flag, 0),
    settled: length,
    done: true,
    reason,
  };
}

/** Places before the first that is open, or that its block's rule may open again. */
function settledPlaces({ isOpen, rule, blocks, block }: Loop): number {
  const open = isOpen.indexOf(1);
  const first = open < 0 ? isOpen.length : open;
  const unfinished = rule.keepsRevealed ? undefined : blocks[block]?.places[0];
  return Math.min(first, unfinished ?? first);
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

/** A fault of a rule, not of its user: no UnmaskError. */
function brokenRule({ rule, step }: Loop, what: string): Error {
  return new Error(`sample: rule ${rule.name} ${what} (step ${step})`);
}
