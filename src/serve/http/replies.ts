/**
 * What the server answers, in the shapes of OpenAI's API. Fields of our own are `forward_passes` and `unmask`.
 *
 * @module
 */
import { z } from "zod";

const usage = z.strictObject({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
  forward_passes: z.int().describe("how often the model was asked, over all texts"),
});

const finish = z
  .enum(["stop", "length"])
  .describe("stop: the text ended; length: its room or its passes were used up");

const told = z
  .strictObject({ seed: z.int(), steps: z.int(), passes: z.int() })
  .describe("the seed that gives this text again, and what it took");

const frame = z
  .strictObject({
    step: z.int(),
    passes: z.int(),
    open: z.int().describe("places that are still open"),
    pieces: z.array(
      z.strictObject({
        text: z.string(),
        places: z.int(),
        open: z.boolean(),
        changed: z.boolean().describe("decided in this step"),
        confidence: z.number(),
      }),
    ),
  })
  .describe("with diffusing: the canvas after a step");

const token = z.strictObject({
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

const textLogprobs = z.strictObject({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().nullable()),
  top_logprobs: z.array(z.record(z.string(), z.number()).nullable()),
  text_offset: z.array(z.int()).describe("in characters, from the start of the text"),
});

const chatLogprobs = z.strictObject({
  content: z.array(z.strictObject({ ...token.shape, top_logprobs: z.array(token) })),
  refusal: z.null(),
});

const message = z.strictObject({
  role: z.literal("assistant"),
  content: z.string(),
  refusal: z.null(),
});
const delta = z.strictObject({
  role: z.literal("assistant").optional(),
  content: z.string().optional(),
});

const whole = { index: z.int(), finish_reason: finish, unmask: told };
const part = {
  index: z.int(),
  finish_reason: finish.nullable(),
  unmask: z.union([told, frame]).optional(),
};

export const textReply = z.strictObject({
  ...head,
  object: z.literal("text_completion"),
  choices: z.array(
    z.strictObject({
      ...whole,
      text: z.string(),
      logprobs: textLogprobs.nullable(),
      message: message.optional().describe("/v1/fim/completions: the text again"),
    }),
  ),
  usage,
});

export const textChunk = z.strictObject({
  ...head,
  object: z.literal("text_completion"),
  choices: z.array(
    z.strictObject({
      ...part,
      text: z.string(),
      logprobs: textLogprobs.nullable(),
      delta: delta.optional().describe("/v1/fim/completions: the text again"),
    }),
  ),
  usage: usage.nullish(),
});

export const chatReply = z.strictObject({
  ...head,
  object: z.literal("chat.completion"),
  choices: z.array(z.strictObject({ ...whole, message, logprobs: chatLogprobs.nullable() })),
  usage,
});

export const chatChunk = z.strictObject({
  ...head,
  object: z.literal("chat.completion.chunk"),
  choices: z.array(z.strictObject({ ...part, delta, logprobs: chatLogprobs.nullable() })),
  usage: usage.nullish(),
});

export const modelReply = z.strictObject({
  id: z.string(),
  object: z.literal("model"),
  created: z.int(),
  owned_by: z.string(),
  unmask: z.strictObject({
    system: z.string(),
    infills: z.boolean().describe("whether it reads what follows a hole"),
    paced: z.boolean().describe("whether it writes in as many steps as it is asked to"),
    chats: z.boolean().describe("whether it has a chat template of its own"),
    length: z.int().describe("tokens of a canvas in training"),
    vocabulary: z.int(),
    state: z.enum(["ready", "idle", "starting", "failed"]),
    active: z.int(),
    waiting: z.int(),
  }),
});

export const modelsReply = z.strictObject({ object: z.literal("list"), data: z.array(modelReply) });

export const runsReply = z.strictObject({
  object: z.literal("list"),
  data: z.array(
    z.strictObject({
      id: z.string().describe("the path of its folder below --runs"),
      object: z.literal("run"),
      created: z.int(),
      updated: z.int().describe("when it last wrote a metric"),
      steps: z.int().describe("that it is to take"),
    }),
  ),
});

export const metricsReply = z.strictObject({
  object: z.literal("list"),
  data: z
    .array(z.looseObject({ step: z.number() }))
    .describe("lines of metrics.jsonl: loss, valid, learningRate, ... by step"),
});

export const reportsReply = z.strictObject({
  object: z.literal("list"),
  data: z.array(z.strictObject({ id: z.string(), object: z.literal("report"), created: z.int() })),
});

export const reportReply = z
  .looseObject({ format: z.literal(1) })
  .describe("report.json, as unmask compare has written it");

export const errorReply = z.strictObject({
  error: z.strictObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

export const stateReply = z.strictObject({
  status: z.enum(["ok", "ready", "starting", "closing", "failed"]),
});

export type RunsReply = z.infer<typeof runsReply>;
export type MetricsReply = z.infer<typeof metricsReply>;
export type ReportsReply = z.infer<typeof reportsReply>;
export type ErrorReply = z.infer<typeof errorReply>;
export type Usage = z.infer<typeof usage>;
export type Finish = z.infer<typeof finish>;
export type Told = z.infer<typeof told>;
export type TextLogprobs = z.infer<typeof textLogprobs>;
export type ChatLogprobs = z.infer<typeof chatLogprobs>;
