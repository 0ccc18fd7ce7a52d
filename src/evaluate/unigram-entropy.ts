/**
 * Unigram entropy: how varied the tokens of a text are, in nats,
 *
 * ```
 * H = - sum over tokens v of f_v log f_v,   f_v = share of v among the text's tokens
 * ```
 *
 * (MDLM and SEDD report it beside generative perplexity, in nats, for each sample.) A judge finds a text
 * that says "the" a hundred times very likely; its entropy is 0. "a b a b" has log 2.
 *
 * @module
 */
import { meanAndError } from "../objective/mean.ts";

/** What two ways of counting say of many texts, in nats. */
export interface UnigramEntropy {
  /** Each text for itself, averaged: low when texts repeat themselves. At most log(length). */
  readonly perText: number;
  /** Standard error of `perText`, over texts; 0 for a single text. */
  readonly perTextError: number;
  /** All texts as one: low when texts use few words, or are all alike. */
  readonly overall: number;
}

/** The entropy of the tokens of a text, in nats; 0 for none. */
export function unigramEntropy(tokens: Iterable<number>): number {
  const counts = new Map<number, number>();
  let total = 0;
  for (const token of tokens) {
    counts.set(token, (counts.get(token) ?? 0) + 1);
    total += 1;
  }
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / total) * Math.log(count / total);
  return entropy;
}

/** The entropy of texts, each for itself and all as one. */
export function entropyOfTexts(texts: readonly Int32Array[]): UnigramEntropy {
  const { mean: perText, standardError: perTextError } = meanAndError(texts.map(unigramEntropy));
  return {
    perText,
    perTextError,
    overall: unigramEntropy(texts.flatMap((text) => [...text])),
  };
}
