/**
 * Log-probabilities of written tokens, as OpenAI's two kinds of completions tell them.
 *
 * @module
 */
import type { WrittenToken } from "../../generate/task.ts";
import type { ChatLogprobs, TextLogprobs } from "./replies.ts";

/** JSON has no infinity; this is what OpenAI's API says of what is out of the question. */
const finite = (logProb: number): number => Math.max(logProb, -9999);

/**
 * For a text that is told part by part: offsets count the characters of all parts.
 *
 * @example
 * ```ts
 * const tell = textLogprobs();
 * tell(tokensOf("Once")).text_offset; // [0]
 * tell(tokensOf(" upon a")).text_offset; // [4, 9]
 * ```
 */
export function textLogprobs(): (tokens: readonly WrittenToken[]) => TextLogprobs {
  let characters = 0;
  const offsetOf = ({ text }: WrittenToken): number => {
    const offset = characters;
    characters += Array.from(text).length;
    return offset;
  };
  return (tokens) => ({
    tokens: tokens.map(({ text }) => text),
    token_logprobs: tokens.map(({ logProb }) => (logProb === null ? null : finite(logProb))),
    top_logprobs: tokens.map((token) => likeliest(token)),
    text_offset: tokens.map(offsetOf),
  });
}

/** The likeliest tokens of a place, and the written one whether or not it is among them. */
function likeliest({ logProb, text, alternatives }: WrittenToken): Record<string, number> | null {
  if (logProb === null) return null;
  // Of several that read the same, the likeliest counts, which is set last.
  const told = [...alternatives, { text, logProb }].toReversed();
  return Object.fromEntries(told.map((each) => [each.text, finite(each.logProb)]));
}

/** The same for an answer in a conversation. */
export function chatLogprobs(tokens: readonly WrittenToken[]): ChatLogprobs {
  const encoder = new TextEncoder();
  const tokenOf = ({ text, logProb }: Pick<WrittenToken, "text" | "logProb">) => ({
    token: text,
    logprob: logProb === null ? null : finite(logProb),
    bytes: [...encoder.encode(text)],
  });
  const content = tokens.map((each) => ({
    ...tokenOf(each),
    top_logprobs: each.alternatives.map(tokenOf),
  }));
  return { content, refusal: null };
}
