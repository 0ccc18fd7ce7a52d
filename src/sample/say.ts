/**
 * A plan in words: an autoregressive denoiser that knows the plan, asked from left to right.
 *
 * @module
 */
import type { Key } from "../tensor/random.ts";
import { beam as search } from "./beam.ts";
import { openCanvas } from "./canvas.ts";
import type { Denoiser } from "./denoiser.ts";
import type { Draft } from "./plan.ts";
import type { Processor } from "./processor.ts";
import { leftToRight } from "./rules/left-to-right.ts";
import { sample } from "./sample.ts";
import { endOfText } from "./stop.ts";

export interface SayOptions {
  /** A denoiser that has the plan in front of its canvas. */
  readonly open: () => Denoiser;
  /** Tokens at most. */
  readonly length: number;
  readonly endIds: readonly number[];
  /** How tokens are drawn; `processorsOf({ temperature: 0 })` takes the likeliest. */
  readonly processors: readonly Processor[];
  /** Candidates of a beam search, which takes the place of drawing. Default: none. */
  readonly beam?: number | undefined;
  readonly key: Key;
  readonly signal?: AbortSignal | undefined;
}

/** Writes a paragraph, up to its end. */
export async function say(options: SayOptions): Promise<Draft> {
  const { open, length, endIds, processors, beam: width, key, signal } = options;
  const denoiser = open();
  const canvas = openCanvas({ length, maskId: denoiser.maskId });
  const ends = (tokens: Int32Array): boolean => endIds.includes(tokens.at(-1)!);
  if (width !== undefined) {
    const found = await search({ open, canvas, width, endIds, signal });
    const { confidence, passes } = found;
    return { tokens: found.canvas, confidence, passes, ended: ends(found.canvas) };
  }
  const confidence: number[] = [];
  let [tokens, passes] = [canvas, 0];
  const stop = [endOfText(endIds)];
  const rule = leftToRight();
  for await (const frame of sample({ denoiser, canvas, rule, processors, stop, key, signal })) {
    for (const change of frame.changed) confidence.push(change.confidence);
    ({ canvas: tokens, passes } = frame);
  }
  return { tokens, confidence: Float64Array.from(confidence), passes, ended: ends(tokens) };
}
