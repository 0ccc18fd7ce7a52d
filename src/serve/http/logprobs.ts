/**
 * Log-probabilities of written tokens, as OpenAI's two kinds of completions tell them.
 *
 * @module
 */
import type { WrittenToken } from "../../generate/task.ts";
import type { ChatLogprobs, TextLogprobs } from "./replies.ts";

/** JSON has no infinity; this is what OpenAI's API says of what is out of the question. */
const finite = (logProb: number): number => Math.max(logProb, -9999);

type Spelt = Pick<WrittenToken, "text" | "bytes">;

/** A token's text, or its bytes where it holds part of a character: two such tokens must not look alike. */
function spelling({ text, bytes }: Spelt): string {
  if (!text.includes("\ufffd")) return text;
  return `bytes:${bytes.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}`;
}

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
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let characters = 0;
  const offsetOf = ({ bytes }: WrittenToken): number => {
    const offset = characters;
    characters += Array.from(decoder.decode(Uint8Array.from(bytes), { stream: true })).length;
    return offset;
  };
  return (tokens) => ({
    tokens: tokens.map(spelling),
    token_logprobs: tokens.map(({ logProb }) => (logProb === null ? null : finite(logProb))),
    top_logprobs: tokens.map((token) => likeliest(token)),
    text_offset: tokens.map(offsetOf),
  });
}

/** The likeliest tokens of a place, and the written one whether or not it is among them. */
function likeliest({ logProb, ...token }: WrittenToken): Record<string, number> | null {
  if (logProb === null) return null;
  const told = [...token.alternatives, { ...token, logProb }];
  return Object.fromEntries(told.map((each) => [spelling(each), finite(each.logProb)]));
}

/** The same for an answer in a conversation. */
export function chatLogprobs(tokens: readonly WrittenToken[]): ChatLogprobs {
  const tokenOf = (token: Spelt & { readonly logProb: number | null }) => ({
    token: token.text,
    logprob: token.logProb === null ? null : finite(token.logProb),
    bytes: [...token.bytes],
  });
  const content = tokens.map((each) => ({
    ...tokenOf(each),
    top_logprobs: each.alternatives.map(tokenOf),
  }));
  return { content, refusal: null };
}
