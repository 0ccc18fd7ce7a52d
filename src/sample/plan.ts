/**
 * Writing with a plan (PLANNER, Zhang et al. 2023): vectors are sampled for a whole paragraph, and an
 * autoregressive model says them in words. A longer text is written paragraph after paragraph, each
 * following what stands before it.
 *
 * The frames are those of every sampler: each holds what the plan says so far, in words.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { splitKey } from "../tensor/random.ts";
import type { Key } from "../tensor/random.ts";
import { denoise } from "./denoise.ts";
import type { DenoiseOptions, LatentDenoiser } from "./denoise.ts";
import type { Change, Frame } from "./frame.ts";
import type { Stop } from "./stop.ts";

/** A paragraph in words. */
export interface Draft {
  /** At most a paragraph's length; ends behind its first end token, if it has one. */
  readonly tokens: Int32Array;
  /** The decoder's probability of each. */
  readonly confidence: Float64Array;
  /** Forward passes that it took. */
  readonly passes: number;
  /** Whether it ended by an end token. */
  readonly ended: boolean;
}

/** A model that plans paragraphs. */
export interface Planner {
  readonly denoiser: LatentDenoiser;
  readonly maskId: number;
  /** Tokens of a paragraph at most. */
  readonly paragraph: number;
  /** The end of a text as the condition of the paragraph that follows. */
  encode(text: Int32Array): Promise<Float64Array>;
  /** A guess in words, `length` tokens at most. */
  decode(guess: Float64Array, options: { length: number; key: Key }): Promise<Draft>;
}

export interface PlanOptions extends Pick<
  DenoiseOptions,
  "steps" | "eta" | "clarity" | "guidance"
> {
  readonly planner: Planner;
  /** Given tokens, that the text follows. */
  readonly prompt: Int32Array;
  /** Tokens to write at most. */
  readonly length: number;
  /** Whether every guess is said in words; otherwise the last of each paragraph is. Default false. */
  readonly drafts?: boolean | undefined;
  /** Ends the text early: asked after every guess, of finished paragraphs. Default: none. */
  readonly stop?: readonly Stop[] | undefined;
  readonly key: Key;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a text and reports a frame for each guess; the first frame is the start, whose places are open,
 * the last carries `done` and `reason`. Places stay open while their paragraph is only planned.
 *
 * @throws UnmaskError "usage" for a length below 1, and what {@link denoise} refuses.
 */
export async function* plan(options: PlanOptions): AsyncGenerator<Frame, void, undefined> {
  const { planner, prompt, length, drafts = false, stop = [], key, signal } = options;
  if (!Number.isInteger(length) || length < 1)
    throw new UnmaskError("usage", `plan: length must be an integer >= 1, got ${length}`);
  const end = prompt.length + length;
  const places = Int32Array.from({ length }, (_, i) => prompt.length + i);
  let frame: Frame = {
    step: 0,
    canvas: openAfter(prompt, end, planner.maskId),
    changed: [],
    open: length,
    settled: prompt.length,
    passes: 0,
    done: false,
  };
  yield frame;
  let text = prompt;
  for (let index = 0; !frame.done; index++) {
    const room = Math.min(planner.paragraph, end - text.length);
    const own = splitKey(key, "paragraph", index);
    const condition = text.length > 0 ? await planner.encode(text) : undefined;
    const guesses = denoise({ ...options, denoiser: planner.denoiser, condition, key: own });
    const taken = frame.step;
    let planned = 0;
    for await (const guess of guesses) {
      const passes = frame.passes + guess.passes - planned;
      planned = guess.passes;
      frame = { ...frame, step: taken + guess.step, passes, changed: [] };
      const isSaid = guess.done || drafts;
      if (isSaid) {
        signal?.throwIfAborted();
        const draft = await planner.decode(guess.guess, {
          length: room,
          key: splitKey(own, "words"),
        });
        const settles = guess.done;
        frame = said(frame, draft, { text, end, settles, maskId: planner.maskId });
        if (settles) text = frame.canvas.slice(0, frame.settled);
      }
      frame = frame.done ? frame : judged(frame, places, stop);
      if (isSaid || frame.done) yield frame;
      if (frame.done) break;
    }
  }
}

/** The frame with a draft behind the text; the last draft of a paragraph settles it. */
function said(
  frame: Frame,
  draft: Draft,
  {
    text,
    end,
    settles,
    maskId,
  }: { text: Int32Array; end: number; settles: boolean; maskId: number },
): Frame {
  const written = Int32Array.of(...text, ...draft.tokens);
  const done = settles && (draft.ended || written.length >= end);
  const settled = settles ? written.length : text.length;
  return {
    ...frame,
    canvas: done ? written : openAfter(written, end, maskId),
    changed: changes(frame.canvas, draft, text.length),
    open: done ? 0 : end - settled,
    settled,
    passes: frame.passes + draft.passes,
    done,
    ...(done ? { reason: draft.ended ? "stopped" : "filled" } : {}),
  };
}

/** The frame, or the last one if a condition says so. */
function judged(frame: Frame, places: Int32Array, stop: readonly Stop[]): Frame {
  const isOpen = (place: number): boolean => place >= frame.settled;
  for (const condition of stop) {
    const verdict = condition({ frame, places, isOpen });
    if (verdict === undefined) continue;
    const { reason, length = frame.canvas.length } = verdict;
    return {
      ...frame,
      canvas: frame.canvas.slice(0, length),
      changed: frame.changed.filter(({ place }) => place < length),
      open: Math.max(0, length - frame.settled),
      settled: length,
      done: true,
      reason,
    };
  }
  return frame;
}

/** A text and the open places behind it. */
function openAfter(text: Int32Array, end: number, maskId: number): Int32Array {
  const canvas = new Int32Array(end).fill(maskId);
  canvas.set(text);
  return canvas;
}

/** The tokens of a draft that differ from what stood there. */
function changes(before: Int32Array, { tokens, confidence }: Draft, start: number): Change[] {
  return [...tokens].flatMap((token, i) =>
    before[start + i] === token ? [] : [{ place: start + i, token, confidence: confidence[i]! }],
  );
}
