/**
 * The shapes of a written text: a completion, an answer in a conversation, a filled-in middle.
 *
 * @module
 */
import type { z } from "zod";
import type { WrittenToken } from "../../generate/task.ts";
import { chatLogprobs, textLogprobs } from "./logprobs.ts";
import { chatChunk, chatReply, textChunk, textReply } from "./replies.ts";

type Tokens = readonly WrittenToken[] | undefined;

/** How one choice of an answer is told: what it says beside `index` and `finish_reason`. */
export interface Choice {
  /** All of it at once. */
  whole(text: string, tokens: Tokens): object;
  /** In a stream: the first chunk, before any text. */
  readonly opening: object | undefined;
  /** In a stream: more text, or, in the last chunk, none. */
  part(text: string | undefined, tokens: Tokens): object;
}

export interface Shape {
  /** What its ids begin with. */
  readonly prefix: string;
  readonly reply: z.ZodType;
  readonly chunk: z.ZodType;
  /** `object` of a reply, and of a chunk. */
  readonly names: { readonly reply: string; readonly chunk: string };
  /** A new choice: it may remember what it has told. */
  choice(): Choice;
}

const orNull = <T>(tokens: Tokens, tell: (tokens: readonly WrittenToken[]) => T): T | null =>
  tokens === undefined ? null : tell(tokens);

/** A completion. */
export const textShape: Shape = {
  prefix: "cmpl",
  reply: textReply,
  chunk: textChunk,
  names: { reply: "text_completion", chunk: "text_completion" },
  choice() {
    const tell = textLogprobs();
    return {
      whole: (text, tokens) => ({ text, logprobs: orNull(tokens, tell) }),
      opening: undefined,
      part: (text = "", tokens) => ({ text, logprobs: orNull(tokens, tell) }),
    };
  },
};

const messageOf = (content: string) => ({ role: "assistant", content, refusal: null });
const deltaOf = (content: string | undefined) => (content === undefined ? {} : { content });

/** An answer. */
export const chatShape: Shape = {
  prefix: "chatcmpl",
  reply: chatReply,
  chunk: chatChunk,
  names: { reply: "chat.completion", chunk: "chat.completion.chunk" },
  choice: () => ({
    whole: (text, tokens) => ({
      message: messageOf(text),
      logprobs: orNull(tokens, chatLogprobs),
    }),
    opening: { delta: { role: "assistant", content: "" }, logprobs: null },
    part: (text, tokens) => ({ delta: deltaOf(text), logprobs: orNull(tokens, chatLogprobs) }),
  }),
};

/**
 * A filled-in middle. Some editors read it as a completion (Mercury's API), others as an answer (Mistral's),
 * so it is told both ways.
 */
export const middleShape: Shape = {
  ...textShape,
  choice() {
    const inner = textShape.choice();
    return {
      whole: (text, tokens) => ({ ...inner.whole(text, tokens), message: messageOf(text) }),
      opening: undefined,
      part: (text, tokens) => ({ ...inner.part(text, tokens), delta: deltaOf(text) }),
    };
  },
};
