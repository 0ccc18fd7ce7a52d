/**
 * A film as a video, recorded by the browser while it plays: it takes as long as the film.
 *
 * @module
 */
import { pauseOf, rest } from "./film.ts";
import type { Film } from "./film.ts";
import type { Making } from "./gif.ts";
import { painterOf } from "./painter.ts";

/** Kinds of files, the best first. */
const kinds = [
  { type: "video/webm;codecs=vp9", ending: "webm" },
  { type: "video/webm", ending: "webm" },
  { type: "video/mp4", ending: "mp4" },
] as const;

/** The kind that this browser records; undefined where it can't. */
export const videoKind = (): (typeof kinds)[number] | undefined =>
  typeof MediaRecorder === "undefined"
    ? undefined
    : kinds.find(({ type }) => MediaRecorder.isTypeSupported(type));

/** The file. @throws the signal's reason when it is stopped */
export async function videoOf(
  film: Film,
  type: string,
  { signal, onProgress }: Making,
): Promise<Blob> {
  const { canvas, paint } = painterOf(film);
  const stream = canvas.captureStream();
  const recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: 2_500_000 });
  const parts: Blob[] = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const stopped = new Promise((done) => recorder.addEventListener("stop", done, { once: true }));
  try {
    paint(film.pictures[0]!);
    recorder.start();
    for (const [i, picture] of film.pictures.entries()) {
      paint(picture);
      onProgress((i + 1) / film.pictures.length);
      await pause(i === film.pictures.length - 1 ? rest : pauseOf(film), signal);
    }
  } finally {
    recorder.stop();
    for (const track of stream.getTracks()) track.stop();
  }
  await stopped;
  return new Blob(parts, { type });
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((done, fail) => {
    signal.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      fail(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      done();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
