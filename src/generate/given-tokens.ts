/**
 * What a model thinks of a text that is given: the probability of each token after those before it.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { surveyOf } from "../sample/survey.ts";
import type { UsableModel } from "./model.ts";
import type { WrittenToken } from "./task.ts";

/** Numbers of one answer at most: places are asked about in portions. */
const mostNumbers = 2 ** 22;

/**
 * Scores tokens as a model that writes from left to right would have written them.
 *
 * @param count how many of the likeliest tokens to tell of each place
 * @throws UnmaskError "usage" for models that don't write from left to right: none of their probabilities is
 * that of a token after those before it
 */
export async function givenTokens(
  { kind, tokenizer, denoiser: open, config }: UsableModel,
  tokens: Int32Array,
  count: number,
): Promise<WrittenToken[]> {
  if (kind.attention.kind !== "causal")
    throw new UnmaskError(
      "usage",
      `echo: the probabilities of given tokens need an autoregressive model, got the system ${kind.name}; ` +
        `leave echo or logprobs out`,
    );
  const denoiser = open(tokens);
  const { vocabulary } = denoiser;
  const decoder = tokenizer.decoder();
  // Nothing stands before a published model's first token.
  const first = config.published ? 1 : 0;
  const written: WrittenToken[] = Array.from(tokens.subarray(0, first), (token) => ({
    text: decoder.push(token),
    logProb: null,
    alternatives: [],
  }));
  const portion = Math.max(1, Math.floor(mostNumbers / vocabulary));
  for (let from = first; from < tokens.length; from += portion) {
    const to = Math.min(tokens.length, from + portion);
    const places = Int32Array.from({ length: to - from }, (_, i) => from + i);
    const rows = await denoiser.predict({ canvas: tokens, places, time: 1 });
    const {
      width,
      tokens: named,
      logProbs,
    } = surveyOf(rows, { vocabulary, width: Math.max(1, count) });
    places.forEach((place, i) => {
      const likeliest = Array.from({ length: count }, (_, rank) => i * width + rank);
      written.push({
        text: decoder.push(tokens[place]!),
        logProb: rows[i * vocabulary + tokens[place]!]!,
        alternatives: likeliest.map((at) => ({
          text: tokenizer.decode([named[at]!]),
          logProb: logProbs[at]!,
        })),
      });
    });
  }
  return written;
}
