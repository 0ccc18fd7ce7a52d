/**
 * Fields that every writing route takes, and what becomes of them. Each is described once, as a zod
 * schema: requests are checked with it, and `/openapi.json` is made of it.
 *
 * @module
 */
import { z } from "zod";
import { UnmaskError } from "../../errors.ts";
import type { Sampling } from "../../generate/task.ts";
import { ruleFromSpec } from "../../sample/rules/index.ts";
import { refused } from "./failure.ts";
import type { Limits } from "./limits.ts";

const count = (most: number) => z.int().min(1).max(most);

/** How open places are filled: what diffusion models have beside OpenAI's fields. */
const samplingFields = {
  steps: count(1_000_000).optional().describe("forward passes at most"),
  rule: z
    .string()
    .max(200)
    .superRefine(checkRule)
    .optional()
    .describe("which proposals are kept in a step: confidence, threshold:tau=0.9, ..."),
  threshold: z
    .number()
    .min(0)
    .optional()
    .describe("short for the rule threshold: keep all tokens of at least this confidence"),
  remasking: z
    .enum(["low_confidence", "random"])
    .optional()
    .describe("short for the rules confidence and random, as LLaDA calls them"),
  block_length: count(1_000_000)
    .optional()
    .describe("finish so many tokens before the next block is opened"),
  temperature: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe("0 takes the likeliest token; without it, the model's own"),
  top_k: count(10_000_000).optional().describe("draw from the k likeliest tokens"),
  top_p: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe("draw from the likeliest tokens that hold this much probability together"),
  min_p: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("leave out tokens less likely than this share of the likeliest"),
  repetition_penalty: z
    .number()
    .gt(0)
    .optional()
    .describe("above 1, tokens that are already there become less likely"),
  no_repeat_ngram_size: count(10_000).optional().describe("never repeat a run of so many tokens"),
  guidance: z
    .number()
    .min(0)
    .max(1000)
    .optional()
    .describe("above 0, the given text counts for more"),
};

/** Fields of OpenAI's API that would change the text, with what of them asks for nothing. */
const unsupportedFields = {
  audio: z.never(),
  best_of: z.literal(1),
  frequency_penalty: z.literal(0),
  function_call: z.enum(["none", "auto"]),
  functions: z.tuple([]),
  logit_bias: z.strictObject({}),
  modalities: z.tuple([z.literal("text")]),
  moderation: z.never(),
  presence_penalty: z.literal(0),
  response_format: z.strictObject({ type: z.literal("text") }),
  tool_choice: z.enum(["none", "auto"]),
  tools: z.tuple([]),
  web_search_options: z.never(),
};

/** Fields of OpenAI's and Mercury's APIs without which the text is the same. */
const harmlessFields = [
  "metadata",
  "parallel_tool_calls",
  "prediction",
  "prompt_cache_key",
  "prompt_cache_options",
  "prompt_cache_retention",
  "realtime",
  "reasoning_effort",
  "reasoning_summary",
  "safety_identifier",
  "service_tier",
  "store",
  "user",
  "verbosity",
] as const;

const fieldsWithin = (limits: Limits) => ({
  model: z.string().min(1).optional().describe("which model; not needed where one is served"),
  n: count(limits.texts).default(1).describe("texts for each prompt, with seeds that count up"),
  seed: z
    .int()
    .min(0)
    .max(2 ** 52)
    .optional()
    .describe("the same seed gives the same text; without it a new one, which is reported"),
  stream: z.boolean().default(false).describe("server-sent events: text once it can't change"),
  stream_options: z
    .strictObject({
      include_usage: z.boolean().default(false),
      include_obfuscation: z.boolean().optional().describe("has no effect"),
    })
    .optional(),
  diffusing: z
    .boolean()
    .default(false)
    .describe("with stream: every step as the whole text so far, which replaces the former"),
  ...samplingFields,
  ...optional(
    unsupportedFields,
    "changes the text and is not supported; this value asks for nothing",
  ),
  ...harmless(),
});

export type WritingFields = ReturnType<typeof fieldsWithin>;

/** What every request for a text may hold. */
export const writingFields: (limits: Limits) => WritingFields = fieldsWithin;

/** What {@link writingFields} make. */
export type WritingBody = z.output<z.ZodObject<WritingFields>>;

/** Text before the first of these is what is written. */
export const stopField = (limits: Limits): z.ZodType<string | string[] | undefined> =>
  z
    .union([z.string().min(1), z.array(z.string().min(1)).max(limits.stops)], {
      error: `must be a text, or at most ${limits.stops} texts, none of them empty`,
    })
    .optional()
    .describe("the text ends before the first of these");

export const stopsOf = (stop: string | readonly string[] | undefined): readonly string[] =>
  typeof stop === "string" ? [stop] : (stop ?? []);

/** How many tokens to write. */
export const tokensField = (limits: Limits): z.ZodOptional<z.ZodInt> =>
  z.int().min(0).max(limits.tokens).optional();

/** `logprobs` of completions: how many of the likeliest tokens to tell. */
export const logprobsField = z
  .int()
  .min(0)
  .max(20)
  .optional()
  .describe("tell the log-probability of each token, and so many of the likeliest ones");

/** The sampling that the fields ask for. */
export function samplingOf(body: WritingBody): Sampling {
  return {
    steps: body.steps,
    rule: ruleOf(body),
    block: body.block_length,
    temperature: body.temperature,
    topK: body.top_k,
    topP: body.top_p,
    minP: body.min_p,
    repetitionPenalty: body.repetition_penalty,
    noRepeat: body.no_repeat_ngram_size,
    guidance: body.guidance,
  };
}

function ruleOf({ rule, threshold, remasking }: WritingBody): string | undefined {
  const named = {
    rule,
    threshold: threshold === undefined ? undefined : `threshold:tau=${threshold}`,
    remasking: remasking && { low_confidence: "confidence", random: "random" }[remasking],
  };
  const given = Object.entries(named).filter(([, spec]) => spec !== undefined);
  if (given.length > 1) {
    const names = given.map(([name]) => name);
    throw refused(400, `${names.join(", ")}: each names a rule; give one of them`, {
      param: names[1]!,
    });
  }
  return given[0]?.[1];
}

function checkRule(spec: string, context: z.RefinementCtx<string>): void {
  try {
    ruleFromSpec(spec);
  } catch (error) {
    if (!UnmaskError.is(error)) throw error;
    context.addIssue({ code: "custom", message: error.message });
  }
}

function optional<T extends Readonly<Record<string, z.ZodType>>>(fields: T, doc: string) {
  const entries = Object.entries(fields).map(([name, field]) => [
    name,
    field.optional().describe(doc),
  ]);
  return Object.fromEntries(entries) as { [K in keyof T]: z.ZodOptional<T[K]> };
}

function harmless() {
  const field = z.unknown().optional().describe("accepted, has no effect");
  return Object.fromEntries(harmlessFields.map((name) => [name, field])) as Record<
    (typeof harmlessFields)[number],
    typeof field
  >;
}

/** Whether OpenAI's API has such a field and this server can't honour it. */
export const isUnsupported = (field: unknown): boolean =>
  typeof field === "string" && Object.hasOwn(unsupportedFields, field);
