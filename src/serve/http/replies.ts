/**
 * What the server answers, in the shapes of OpenAI's API. Fields of our own are `forward_passes` and `unmask`.
 *
 * @module
 */
import { z } from "zod";

const usage = z.object({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
  forward_passes: z.int().describe("how often the model was asked, over all texts"),
});

const finish = z
  .enum(["stop", "length"])
  .describe("stop: the text ended; length: its room or its passes were used up");

const told = z
  .object({ seed: z.int(), steps: z.int(), passes: z.int() })
  .describe("the seed that gives this text again, and what it took");

const frame = z
  .object({
    step: z.int(),
    passes: z.int(),
    open: z.int().describe("places that are still open"),
    pieces: z.array(
      z.object({
        text: z.string(),
        places: z.int(),
        open: z.boolean(),
        changed: z.boolean().describe("decided in this step"),
        confidence: z.number(),
      }),
    ),
  })
  .describe("with diffusing: the canvas after a step");

const token = z.object({
  token: z.string(),
  logprob: z.number().nullable(),
  bytes: z.array(z.int()),
});

const head = {
  id: z.string(),
  created: z.int(),
  model: z.string(),
  system_fingerprint: z.string().describe("changes with the model's weights"),
};

const textLogprobs = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().nullable()),
  top_logprobs: z.array(z.record(z.string(), z.number()).nullable()),
  text_offset: z.array(z.int()).describe("in characters, from the start of the text"),
});

const chatLogprobs = z.object({
  content: z.array(
    z.object({ ...token.shape, top_logprobs: z.array(token) }),
  ),
  refusal: z.null(),
});

const message = z.object({
  role: z.literal("assistant"),
  content: z.string(),
  refusal: z.null(),
});
const delta = z.object({
  role: z.literal("assistant").optional(),
  content: z.string().optional(),
});

const whole = { index: z.int(), finish_reason: finish, unmask: told };
const part = {
  index: z.int(),
  finish_reason: finish.nullable(),
  unmask: z.union([told, frame]).optional(),
};

export const textReply = z.object({
  ...head,
  object: z.literal("text_completion"),
  choices: z.array(
    z.object({
      ...whole,
      text: z.string(),
      logprobs: textLogprobs.nullable(),
      message: message.optional().describe("/v1/fim/completions: the text again"),
    }),
  ),
  usage,
});

export const textChunk = z.object({
  ...head,
  object: z.literal("text_completion"),
  choices: z.array(
    z.object({
      ...part,
      text: z.string(),
      logprobs: textLogprobs.nullable(),
      delta: delta.optional().describe("/v1/fim/completions: the text again"),
    }),
  ),
  usage: usage.nullish(),
});

export const chatReply = z.object({
  ...head,
  object: z.literal("chat.completion"),
  choices: z.array(z.object({ ...whole, message, logprobs: chatLogprobs.nullable() })),
  usage,
});

export const chatChunk = z.object({
  ...head,
  object: z.literal("chat.completion.chunk"),
  choices: z.array(z.object({ ...part, delta, logprobs: chatLogprobs.nullable() })),
  usage: usage.nullish(),
});

export const modelReply = z.object({
  id: z.string(),
  object: z.literal("model"),
  created: z.int(),
  owned_by: z.string(),
  unmask: z.object({
    system: z.string(),
    infills: z.boolean().describe("whether it reads what follows a hole"),
    chats: z.boolean().describe("whether it has a chat template of its own"),
    length: z.int().describe("tokens of a canvas in training"),
    vocabulary: z.int(),
    state: z.enum(["ready", "idle", "starting", "failed"]),
    active: z.int(),
    waiting: z.int(),
  }),
});

export const modelsReply = z.object({ object: z.literal("list"), data: z.array(modelReply) });

export const errorReply = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

export const stateReply = z.object({
  status: z.enum(["ok", "ready", "starting", "closing", "failed"]),
});

export type Usage = z.infer<typeof usage>;
export type Finish = z.infer<typeof finish>;
export type Told = z.infer<typeof told>;
export type TextLogprobs = z.infer<typeof textLogprobs>;
export type ChatLogprobs = z.infer<typeof chatLogprobs>;
