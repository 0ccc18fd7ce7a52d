/**
 * Windows on canvases that are longer than what a network was trained on.
 *
 * @module
 */
import type { Belief, PredictRequest } from "../../sample/denoiser.ts";

/**
 * Where the window begins from which a place is predicted: at 0 as long as the first window reaches,
 * then moving on by half a window, in whole blocks.
 *
 * @example
 * ```ts
 * [7, 8, 11, 12].map((place) => windowStart(place, 8)); // [0, 4, 4, 8]
 * ```
 */
export function windowStart(place: number, window: number, block = 1): number {
  const stride = Math.max(1, Math.floor(window / 2 / block)) * block;
  return place < window ? 0 : (Math.floor((place - window) / stride) + 1) * stride;
}

/** A belief whose places are counted from another one. */
export const beliefFrom = (belief: Belief | undefined, begin: number): Belief | undefined =>
  belief && begin !== 0
    ? { ...belief, places: belief.places.map((place) => place - begin) }
    : belief;

/** One request for each window that holds asked places; most often the request itself. */
export function splitByWindow(request: PredictRequest, window: number): PredictRequest[] {
  const { canvas, places } = request;
  if (canvas.length <= window) return [request];
  const parts: PredictRequest[] = [];
  for (let from = 0, to = 0; from < places.length; from = to) {
    const begin = windowStart(places[from]!, window);
    while (to < places.length && windowStart(places[to]!, window) === begin) to += 1;
    parts.push({
      ...request,
      canvas: canvas.subarray(begin, begin + window),
      places: places.subarray(from, to).map((place) => place - begin),
      belief: beliefFrom(request.belief, begin),
    });
  }
  return parts;
}
