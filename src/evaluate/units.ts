/**
 * One score in every unit that papers use.
 *
 * @module
 */
import type { Score, WindowScores } from "../objective/score.ts";
import type { Tokenizer } from "../text/index.ts";

/** What a text costs, per token and per character. */
export interface Likelihood extends Score {
  /** exp(nats): perplexity per token. */
  readonly perplexity: number;
  readonly bitsPerToken: number;
  /** Per code point of the scored text, so that tokenizers compare. */
  readonly bitsPerCharacter: number;
  readonly bitsPerCharacterError: number;
  readonly characters: number;
}

/** A likelihood, and what it is the mean of. */
export interface WindowLikelihood extends Likelihood, WindowScores {}

/** @param characters code points of the scored text */
export function inUnits<S extends Score>(score: S, characters: number): S & Likelihood {
  const { nats, standardError, tokens } = score;
  const perCharacter = tokens / characters / Math.LN2;
  return {
    ...score,
    perplexity: Math.exp(nats),
    bitsPerToken: nats / Math.LN2,
    bitsPerCharacter: nats * perCharacter,
    bitsPerCharacterError: standardError * perCharacter,
    characters,
  };
}

/** Code points of the text that tokens stand for. */
export const charactersOf = (tokens: Int32Array, { decode }: Pick<Tokenizer, "decode">): number =>
  Array.from(decode(tokens)).length;
