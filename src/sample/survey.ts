/**
 * A survey made of whole rows: what a model's graph computes where it can, for models that cannot.
 *
 * Tokens 0, 1, 2 with probabilities 0.2, 0.7, 0.1 at width 2: tokens 1 and 0, log 0.7 and log 0.2, and an
 * entropy of 0.802 nats.
 *
 * @module
 */
import { entropy } from "../diffusion/categorical.ts";
import type { Survey } from "./denoiser.ts";

/** Options of {@link surveyOf}. */
export interface SurveyOfOptions {
  readonly vocabulary: number;
  /** Tokens to name for each place. */
  readonly width: number;
}

/** The likeliest tokens of each row of log-probabilities, [places, vocabulary]. */
export function surveyOf(rows: Float32Array, { vocabulary, width }: SurveyOfOptions): Survey {
  const places = rows.length / vocabulary;
  const survey = {
    width,
    tokens: new Int32Array(places * width),
    logProbs: new Float32Array(places * width),
    entropies: new Float32Array(places),
  };
  for (let place = 0; place < places; place++) {
    const row = rows.subarray(place * vocabulary, (place + 1) * vocabulary);
    const tokens = Int32Array.from(row.keys())
      .toSorted((a, b) => row[b]! - row[a]! || a - b)
      .subarray(0, width);
    survey.tokens.set(tokens, place * width);
    survey.logProbs.set(
      Float32Array.from(tokens, (token) => row[token]!),
      place * width,
    );
    survey.entropies[place] = entropy(row);
  }
  return survey;
}
