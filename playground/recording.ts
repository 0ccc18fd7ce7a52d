/**
 * Recordings: the frames of one text with the times at which they came, to be played again.
 *
 * @module
 */
import { UnmaskError } from "../src/errors.ts";
import type { Piece, TextFrame } from "../src/generate/task.ts";
import { emptyTextView, followText } from "../src/report/text-view.ts";
import type { TextView } from "../src/report/text-view.ts";
import type { Ended, Engine, Likeliest, Request } from "./engine/engine.ts";

/** A step, and the seconds from the first frame until it came. */
export type TimedFrame = Omit<TextFrame, "text"> & { readonly at: number };

export interface Recording {
  readonly title: string;
  /** The request that it answers: the same one with the same seed gives it again. */
  readonly request: object;
  readonly frames: readonly TimedFrame[];
  /** The canvas after each frame. */
  readonly views: readonly TextView[];
  /** The steps it takes; as long as it is being written, those that are expected. */
  readonly steps: number;
  readonly seed: number | undefined;
  /** For each token, in the order of the text, where they were asked for: the likeliest ones. */
  readonly likeliest: readonly Likeliest[];
}

/** How a recording is kept in a file: what views are made of. */
export type Kept = Pick<Recording, "title" | "request" | "frames" | "seed" | "likeliest">;

export interface RecordOptions {
  readonly title: string;
  /** Who writes it. */
  readonly engine: Engine;
  readonly request: Request;
  /** Text before what is written. */
  readonly before?: string;
  /** Steps that are expected. */
  readonly steps: number;
  readonly signal: AbortSignal;
  /** Called with what is there so far, at most once for each picture that the screen shows. */
  onChange(recording: Recording): void;
}

/** Has a text written, and records it. */
export async function record(options: RecordOptions): Promise<Recording> {
  const { title, engine, request, before = "", signal, onChange } = options;
  const given = givenPieces(before);
  const frames: TimedFrame[] = [];
  const views: TextView[] = [];
  const isOver = { now: false };
  const soFar = ({
    steps,
    seed,
    likeliest = [],
  }: Partial<Ended> & { steps: number }): Recording => ({
    title,
    request,
    frames: [...frames],
    views: [...views],
    steps,
    seed,
    likeliest,
  });
  let waits = false;
  const tell = (): void => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      if (!isOver.now) onChange(soFar(options));
    });
  };
  try {
    const events = engine.write(request, signal);
    let start: number | undefined;
    for (;;) {
      const { done, value } = await events.next();
      if (done === true) return soFar(value);
      start ??= performance.now();
      const frame = {
        ...value,
        pieces: [...given, ...value.pieces],
        at: (performance.now() - start) / 1000,
      };
      frames.push(frame);
      views.push(followText(views.at(-1) ?? emptyTextView(title), frame, frame.at));
      tell();
    }
  } finally {
    isOver.now = true;
  }
}

function givenPieces(text: string): Piece[] {
  const places = Array.from(text).length;
  return places === 0 ? [] : [{ text, places, open: false, changed: false, confidence: 1 }];
}

/** A recording out of what was kept of it. */
export function replay({ frames, ...kept }: Kept): Recording {
  const views: TextView[] = [];
  for (const frame of frames)
    views.push(followText(views.at(-1) ?? emptyTextView(kept.title), frame, frame.at));
  return { ...kept, frames, views, steps: frames.at(-1)?.step ?? 0 };
}

/** Recordings as a file. */
export const keep = (recordings: readonly Recording[]): string =>
  JSON.stringify({
    unmask: "frames",
    version: 1,
    recordings: recordings.map(({ title, request, frames, seed, likeliest }): Kept => ({
      title,
      request,
      frames,
      seed,
      likeliest,
    })),
  });

/**
 * Recordings out of a file.
 *
 * @throws UnmaskError "corrupt" for any other file
 */
export function unkeep(content: string): Recording[] {
  let file: { unmask?: unknown; version?: unknown; recordings?: unknown };
  try {
    file = JSON.parse(content) as typeof file;
  } catch {
    file = {};
  }
  const { unmask, version, recordings } = file ?? {};
  if (
    unmask !== "frames" ||
    version !== 1 ||
    !Array.isArray(recordings) ||
    !recordings.every(isKept)
  )
    throw new UnmaskError("corrupt", "this is no file of frames that the playground has saved");
  return recordings.map(replay);
}

function isKept(value: unknown): value is Kept {
  const { title, frames } = (value ?? {}) as Partial<Kept>;
  const isNumber = (x: unknown): boolean => typeof x === "number" && Number.isFinite(x) && x >= 0;
  return (
    typeof title === "string" &&
    Array.isArray(frames) &&
    (frames as Partial<TimedFrame>[]).every(
      (frame) =>
        [frame?.at, frame?.step, frame?.passes, frame?.open].every(isNumber) &&
        Array.isArray(frame.pieces) &&
        (frame.pieces as Partial<Piece>[]).every(
          (piece) => typeof piece?.text === "string" && isNumber(piece.places),
        ),
    )
  );
}
