/**
 * Two languages for what a model knows of a place: p(x0), and SEDD's scores, the ratios
 * p_t(y) / p_t(x) of every token y to the current one. A rule reads one of them; a model that speaks
 * the other is translated here.
 *
 * For masked diffusion, at a masked place: score of y = p(x0 = y) alpha / (1 - alpha).
 *
 * @module
 */
import { mixtureBetween } from "../diffusion/process.ts";
import type { Process } from "../diffusion/process.ts";
import { pull, push } from "../diffusion/transition.ts";
import type { Answers, Denoiser } from "./denoiser.ts";

/** The model as one that answers in the language that a rule reads. */
export function answering(denoiser: Denoiser, wanted: Answers, process: Process): Denoiser {
  const { answers = "x0", vocabulary } = denoiser;
  if (answers === wanted) return denoiser;
  const translate = wanted === "score" ? scoresOf : cleanOf;
  return {
    ...denoiser,
    answers: wanted,
    survey: undefined,
    async predict(request) {
      const rows = await denoiser.predict(request);
      request.places.forEach((place, i) => {
        const row = rows.subarray(i * vocabulary, (i + 1) * vocabulary);
        const current = request.canvas[place]!;
        row.set(translate(row.map(Math.exp), { current, process, time: request.time }));
      });
      return rows;
    },
  };
}

interface Situation {
  readonly current: number;
  readonly process: Process;
  readonly time: number;
}

/** Log-scores from p(x0): the ratios of the law that the guess leads to at this time. */
function scoresOf(guess: Float32Array, { current, process, time }: Situation): Float64Array {
  const law = push(process.between(0, time), process.states, Float64Array.from(guess));
  const own = law[current]!;
  return law.map((probability) => Math.log(probability / own));
}

/** Log p(x0) from scores: their law at this time, taken back to time 0. */
function cleanOf(scores: Float32Array, { current, process, time }: Situation): Float64Array {
  const transition = mixtureBetween(process, 0, time);
  const law = Float64Array.from(scores);
  law[current] = 1;
  const { maskId } = process.states;
  const clean = pull(transition, process.states, law).map((weight, token) =>
    token === maskId ? 0 : Math.max(0, weight),
  );
  const total = clean.reduce((sum, weight) => sum + weight, 0);
  return clean.map((weight) => Math.log(weight / total));
}
