/**
 * Beam search: the likeliest text that an autoregressive model writes behind a canvas's beginning, as far
 * as `width` candidates at a time can find it.
 *
 * Two tokens, width 2: after "a" (0.6) and "b" (0.4) with b likely followed by one token (0.9) and a by
 * none (0.5 and 0.5), "b" wins with 0.36 over 0.3, where the greedy choice begins with "a".
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import type { Denoiser } from "./denoiser.ts";

export interface BeamOptions {
  /** A denoiser for one candidate: each may remember what it was asked before. */
  readonly open: () => Denoiser;
  /** Given tokens, then open places. */
  readonly canvas: Int32Array;
  /** Candidates that are kept. */
  readonly width: number;
  readonly endIds: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

export interface BeamResult {
  /** The winner, up to its end token. */
  readonly canvas: Int32Array;
  /** Probabilities of its written tokens. */
  readonly confidence: Float64Array;
  /** Of all it wrote, in nats. */
  readonly logProb: number;
  readonly passes: number;
}

interface Candidate {
  readonly canvas: Int32Array;
  readonly confidence: readonly number[];
  readonly logProb: number;
  readonly ended: boolean;
  /** Who was asked about it last. */
  readonly denoiser: Denoiser;
}

/**
 * Searches until every candidate has ended or filled its canvas.
 *
 * @throws UnmaskError "usage" for a width below 1.
 */
export async function beam(options: BeamOptions): Promise<BeamResult> {
  const { open, width, endIds, signal } = options;
  if (!Number.isInteger(width) || width < 1)
    throw new UnmaskError("usage", `beam: width must be an integer >= 1, got ${width}`);
  const first = open();
  const from = options.canvas.indexOf(first.maskId);
  const start: Candidate = {
    canvas: options.canvas.slice(),
    confidence: [],
    logProb: 0,
    ended: from < 0,
    denoiser: first,
  };
  let candidates = [start];
  let passes = 0;
  for (let place = from; candidates.some(({ ended }) => !ended); place++) {
    const last = place === start.canvas.length - 1;
    const next: Candidate[] = [];
    for (const candidate of candidates) {
      if (candidate.ended) {
        next.push(candidate);
        continue;
      }
      signal?.throwIfAborted();
      const places = Int32Array.of(place);
      const row = await candidate.denoiser.predict({ canvas: candidate.canvas, places, time: 1 });
      passes += 1;
      for (const token of likeliest(row, width)) {
        const canvas = candidate.canvas.slice();
        canvas[place] = token;
        next.push({
          ...candidate,
          canvas: endIds.includes(token) ? canvas.slice(0, place + 1) : canvas,
          confidence: [...candidate.confidence, Math.exp(row[token]!)],
          logProb: candidate.logProb + row[token]!,
          ended: last || endIds.includes(token),
        });
      }
    }
    candidates = apart(next.toSorted((a, b) => b.logProb - a.logProb).slice(0, width), open);
  }
  const { canvas, confidence, logProb } = candidates[0]!;
  return { canvas, confidence: Float64Array.from(confidence), logProb, passes };
}

/** The ids of the largest entries that are possible, of equals the smaller id first. */
function likeliest(row: Float32Array, count: number): number[] {
  return [...row.keys()]
    .filter((id) => row[id]! > -Infinity)
    .toSorted((a, b) => row[b]! - row[a]! || a - b)
    .slice(0, count);
}

/** One denoiser for each that goes on: the first child keeps its parent's, which knows all but its last token. */
function apart(candidates: readonly Candidate[], open: () => Denoiser): Candidate[] {
  const taken = new Set<Denoiser>();
  return candidates.map((candidate) => {
    if (candidate.ended) return candidate;
    const denoiser = taken.has(candidate.denoiser) ? open() : candidate.denoiser;
    taken.add(denoiser);
    return { ...candidate, denoiser };
  });
}
