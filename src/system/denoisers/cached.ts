/**
 * A network whose places see only what was written before their block, as the sampler's denoiser,
 * with an exact key/value cache. A causal network is the case of blocks of one place, read shifted by
 * one.
 *
 * Keys and values of finished blocks don't depend on what follows, so what was computed for one canvas
 * is reused as far as the next one agrees with it. The block at hand is computed anew in every pass;
 * when it is finished, it takes part in the first pass of the next one, and storing it costs no pass
 * of its own. One denoiser remembers one canvas: give each `sample()` its own.
 *
 * Canvases may be longer than the windows that the network was trained on. A place is then predicted
 * from a window that begins as in training, and moves on by half a window at a time, in whole blocks:
 * each place sees at least half a window, and most keys are computed once.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import type { Denoiser, PredictRequest, Survey } from "../../sample/denoiser.ts";
import { createLanes } from "../../sample/lanes.ts";
import type { LanesOptions } from "../../sample/lanes.ts";
import type { Value } from "../../tensor/index.ts";
import { keyValueCache } from "./key-values.ts";
import { compileCanvas, networkTraits, rowOf } from "./network-options.ts";
import type { NetworkOptions } from "./network-options.ts";
import { passRunner } from "./passes.ts";
import type { Pass, PassResult } from "./passes.ts";
import { rowReading, surveyReading } from "./reading.ts";
import type { Reading } from "./reading.ts";
import { beliefFrom, windowStart } from "./window.ts";

export interface CachedOptions extends NetworkOptions, LanesOptions {
  /**
   * The token that stands before the first place, for networks that read shifted by one; undefined
   * if there is none, so that the first place has to be given.
   */
  readonly beginId: number | undefined;
  /**
   * Where blocks begin: at the canvas's first place, or where the given text ends, so that the first
   * block may be shorter. Default: at the start.
   */
  readonly align?: BlockAlign | undefined;
  /** False computes every pass from the start, to measure what the cache saves. Default true. */
  readonly cache?: boolean | undefined;
}

export const blockAligns = ["start", "prompt"] as const;
export type BlockAlign = (typeof blockAligns)[number];

/** Makes a denoiser for one `sample()` that starts from this canvas; without one, from open places. */
export type OpenDenoiser = (canvas?: Int32Array) => Denoiser;

/** Passes of one way of reading, which wait for those of other canvases. */
interface Asking<T> {
  readonly reading: Reading<T>;
  readonly run: (pass: Pass) => Promise<PassResult>;
}

/** How rows and surveys are asked for; models of scores give no surveys. */
interface Askings {
  readonly rows: Asking<Float32Array>;
  readonly surveys: Asking<Survey>;
}

/** Places in front of the canvas that hold no tokens, as keys and values that were computed before. */
export interface Front {
  readonly length: number;
  /** What a pass over these places said, by the names of `cacheName.fresh`. */
  readonly results: Readonly<Record<string, Value>>;
}

/**
 * Makes denoisers that share the weights and have a cache each, for canvases that begin so; behind a front,
 * where the network was trained with one. What several of them ask at a time is computed in one pass.
 */
export async function cachedDenoisers(
  options: CachedOptions,
): Promise<(canvas?: Int32Array, front?: Front) => Denoiser> {
  const run = passRunner(await compileCanvas(options, { cache: true }), options);
  const openLane = createLanes(options);
  const asking = <T>(reading: Reading<T>): Asking<T> => ({
    reading,
    run: openLane((passes: readonly Pass[]) => run(passes, reading.outputs)),
  });
  const askings = { rows: asking(rowReading(options)), surveys: asking(surveyReading) };
  return (canvas, front) => cachedDenoiser(askings, options, canvas ?? new Int32Array(0), front);
}

function cachedDenoiser(
  { rows: rowAsking, surveys }: Askings,
  options: CachedOptions,
  start: Int32Array,
  front?: Front,
): Denoiser {
  const { config, system, maskId, beginId, window, align, cache: keep = true } = options;
  const { attention } = config;
  const shifted = system.sees === "before";
  const block = attention.kind === "block" ? attention.size : 1;
  const lead = shifted && beginId !== undefined ? [beginId] : [];
  /** How many places the first block lacks. */
  const offset = align === "prompt" ? lacking(start.indexOf(maskId), block) : 0;
  const blockStart = (place: number): number =>
    Math.max(0, Math.floor((place + offset) / block) * block - offset);
  const blockEnd = (place: number): number =>
    Math.floor((place + offset) / block) * block - offset + block;
  const rowAbout = (place: number): number =>
    shifted ? place - 1 + lead.length : rowOf(config, place);

  const cache = keyValueCache(config);
  /** Places that are always held, before those of the canvas. */
  const ahead = front?.length ?? 0;
  if (front) cache.append(front.results, 0, ahead);
  /** The tokens whose keys and values are held. */
  let held = new Int32Array(0);
  let begin = 0;

  const forgetAfter = (length: number): void => {
    cache.truncate(ahead + length);
    held = held.slice(0, length);
  };

  /** The answer for places that one window holds, counted from its start. */
  const askWithin = async <T>(request: PredictRequest, { reading, run }: Asking<T>): Promise<T> => {
    const { canvas, places, time, belief } = request;
    const rows = places.map(rowAbout);
    if (rows[0]! < 0) throw withoutBegin();
    const read = lead.length > 0 ? Int32Array.of(...lead, ...canvas) : canvas;
    // A mask that the network has no row for is never looked at.
    const tokens = read
      .slice(0, blockEnd(rows.at(-1)!))
      .map((token) => Math.min(token, config.vocabulary - 1));
    // Rows of asked places must be computed, even where their keys are known.
    const agreed = keep ? Math.min(commonPrefix(held, tokens), rows[0]!) : 0;
    const known = blockStart(agreed);
    if (known < held.length) forgetAfter(known);
    // The block at hand will change; what a shifted network reads is written already.
    const finished = shifted ? tokens.length : blockStart(rows.at(-1)!);
    const keeps = keep ? Math.max(0, finished - known) : 0;
    const { results, from } = await run({
      cache,
      offset,
      tokens: tokens.slice(known),
      rows: rows.map((row) => row - known),
      time,
      belief: beliefFrom(belief, known - lead.length),
      keeps,
    });
    if (keeps > 0) held = tokens.slice(0, finished);
    return reading.take(results, from, request);
  };

  const ask = async <T>(request: PredictRequest, asking: Asking<T>): Promise<T> => {
    const { canvas, places } = request;
    const answers: T[] = [];
    for (let from = 0, to = 0; from < places.length; from = to) {
      const next = windowStart(places[from]!, window, block);
      while (to < places.length && windowStart(places[to]!, window, block) === next) to += 1;
      if (next !== begin) forgetAfter(0);
      begin = next;
      const inside = places.slice(from, to).map((place) => place - begin);
      const belief = beliefFrom(request.belief, begin);
      const part = { ...request, canvas: canvas.subarray(begin), places: inside, belief };
      answers.push(await askWithin(part, asking));
    }
    return asking.reading.join(answers);
  };
  let last: Promise<unknown> = Promise.resolve();
  /** One question at a time: the next one finds the cache as this one leaves it. */
  const inTurn = <T>(request: PredictRequest, asking: Asking<T>): Promise<T> => {
    const answer = last.then(() => ask(request, asking));
    last = answer.catch(() => {});
    return answer;
  };
  const traits = networkTraits(options);
  return {
    ...traits,
    // A shifted network writes in any order that its rule asks for: it sees nothing to the right.
    turnOf: shifted ? undefined : blockStart,
    predict: (request) => inTurn(request, rowAsking),
    survey: traits.surveyWidth ? (request) => inTurn(request, surveys) : undefined,
  };
}

/** Places that a first block of `count` given ones lacks to be whole. */
const lacking = (count: number, block: number): number =>
  count < 0 ? 0 : (block - (count % block)) % block;

const withoutBegin = (): UnmaskError =>
  new UnmaskError(
    "usage",
    "sample: this model has no token to begin a text with, and needs at least one given token; give a prompt",
  );

function commonPrefix(a: Int32Array, b: Int32Array): number {
  const end = Math.min(a.length, b.length);
  let length = 0;
  while (length < end && a[length] === b[length]) length += 1;
  return length;
}
