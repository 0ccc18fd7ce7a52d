/**
 * Frames: what the sampling loop tells the world, one per step. The terminal, the server, the
 * playground, the evaluations and the tests all consume frames.
 *
 * @module
 */

/** One place that got its token, or lost it again. */
export interface Change {
  readonly place: number;
  /** The token; the mask id if the place was opened again. */
  readonly token: number;
  /**
   * The model's probability of this token, before temperature and truncation; 0 for a place that
   * was opened again.
   */
  readonly confidence: number;
  /** The likeliest tokens of the place, from the likeliest down, where `sample()` was asked for them. */
  readonly alternatives?: readonly Alternative[] | undefined;
}

/** A token that could stand at a place. */
export interface Alternative {
  readonly token: number;
  /** The model's, before temperature and truncation. */
  readonly probability: number;
}

/** Why sampling ended: no place is open; a stop condition said so; the passes were used up. */
export type Reason = "filled" | "stopped" | "steps";

/** The canvas after one step. */
export interface Frame {
  /** 0 is the start canvas, before any pass. */
  readonly step: number;
  /** A copy, safe to keep. Open places hold the mask id (or a draft, where there is no mask). */
  readonly canvas: Int32Array;
  /** What was decided (or opened again) in this step. */
  readonly changed: readonly Change[];
  /** How many places are still open. */
  readonly open: number;
  /** How many places from the first on can't change any more. */
  readonly settled: number;
  /** Forward passes so far. */
  readonly passes: number;
  /** True for the last frame, and only for it. */
  readonly done: boolean;
  /** Present on the last frame. */
  readonly reason?: Reason;
}

/**
 * Runs frames to their end and gives the last one.
 *
 * @example
 * ```ts
 * const { canvas, passes } = await finish(sample({ denoiser, canvas, rule, key }));
 * ```
 */
export async function finish(frames: AsyncIterable<Frame>): Promise<Frame> {
  let last: Frame | undefined;
  for await (const frame of frames) last = frame;
  if (last === undefined) throw new Error("finish: there were no frames");
  return last;
}
