/**
 * `POST /v1/chat/completions`: the next answer of a conversation.
 *
 * @module
 */
import { z } from "zod";
import type { Message } from "../../../text/index.ts";
import { refused } from "../failure.ts";
import { stopField, stopsOf, tokensField } from "../fields.ts";
import { writingRoute } from "../order.ts";
import { chatShape } from "../shapes.ts";

/** A text, or parts of one; pictures and sounds are refused. */
const contentField = z.union(
  [z.string(), z.array(z.strictObject({ type: z.literal("text"), text: z.string() })).min(1)],
  {
    error:
      'must be a text, or parts { "type": "text", "text": ... }; other parts are not supported',
  },
);

const name = z.string().optional().describe("accepted, has no effect");

const messageField = z.discriminatedUnion(
  "role",
  [
    z.strictObject({ role: z.enum(["system", "developer"]), content: contentField, name }),
    z.strictObject({ role: z.literal("user"), content: contentField, name }),
    z.strictObject({
      role: z.literal("assistant"),
      content: contentField.nullish(),
      name,
      refusal: z.null().optional(),
    }),
  ],
  { error: "must be system, developer, user or assistant; tools are not supported" },
);

/** How long an answer may be where the request does not say. */
const usualAnswer = 256;

export const chat = writingRoute({
  path: "/v1/chat/completions",
  summary: "the next answer of a conversation",
  shape: chatShape,
  fields: (limits) => ({
    messages: z.array(messageField).min(1).max(10_000),
    max_completion_tokens: tokensField(limits).describe(
      `tokens of the answer at most; default ${usualAnswer}, or the model's length if that is less`,
    ),
    max_tokens: tokensField(limits).describe("the older name of max_completion_tokens"),
    stop: stopField(limits),
    logprobs: z.boolean().default(false).describe("tell the log-probability of each token"),
    top_logprobs: z
      .int()
      .min(0)
      .max(20)
      .optional()
      .describe("with logprobs: so many of the likeliest tokens too"),
  }),
  wish(body, { model, limits }) {
    const length =
      body.max_completion_tokens ??
      body.max_tokens ??
      Math.min(usualAnswer, model.length, limits.tokens);
    if (length === 0)
      throw refused(400, "max_completion_tokens: must be >= 1, got 0", {
        param: "max_completion_tokens",
      });
    if (body.top_logprobs !== undefined && !body.logprobs)
      throw refused(400, "top_logprobs: needs logprobs: true", { param: "top_logprobs" });
    return {
      starts: [{ kind: "answer", messages: body.messages.map(messageOf), length }],
      stop: stopsOf(body.stop),
      alternatives: body.logprobs ? (body.top_logprobs ?? 0) : undefined,
    };
  },
});

function messageOf({ role, content }: z.output<typeof messageField>): Message {
  const text =
    typeof content === "string" ? content : (content ?? []).map((part) => part.text).join("\n");
  // What used to be said to the system is called developer since o1.
  return { role: role === "developer" ? "system" : role, content: text };
}
