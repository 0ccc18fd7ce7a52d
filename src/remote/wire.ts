/**
 * What comes over the wire: OpenAI's completions, chat completions and chunks of both, with what servers
 * of diffusion models add. Read leniently: of a field that is not there nothing is known.
 *
 * @module
 */
import { z } from "zod";
import { UnmaskError } from "../errors.ts";
import type { Answer, Connection } from "./connection.ts";
import { errorIn, quoted } from "./connection.ts";

const piece = z.object({
  text: z.string(),
  places: z.int().min(0),
  open: z.boolean(),
  changed: z.boolean(),
  confidence: z.number(),
});

/** What unmask's server says of a frame, beside its text. */
const mark = z.object({
  step: z.int().min(0),
  passes: z.int().min(0),
  open: z.int().min(0),
  pieces: z.array(piece),
});

/** What it says of a finished text: the seed that gives it again, and what it took. */
const told = z.object({ seed: z.int(), steps: z.int(), passes: z.int() });

const content = z.object({ content: z.string().nullish() });

const logProbs = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().nullable()),
});

const choice = z.object({
  index: z.int().nullish(),
  /** Of a completion, and of its chunks. */
  text: z.string().nullish(),
  /** Of a chat completion. */
  message: content.nullish(),
  /** Of its chunks. */
  delta: content.nullish(),
  finish_reason: z.string().nullish(),
  unmask: z.union([mark, told]).nullish(),
});

const usage = z.object({
  prompt_tokens: z.number().nullish(),
  completion_tokens: z.number().nullish(),
  /** Ours alone. */
  forward_passes: z.number().nullish(),
});

const reply = z.object({
  choices: z.array(choice),
  usage: usage.nullish(),
  /** Mercury's chunks with `diffusing: true` have it. */
  diffusion_meta: z.object({ diffusion_content: z.boolean().nullish() }).nullish(),
});

export type Choice = z.infer<typeof choice>;
export type Reply = z.infer<typeof reply>;
export type Told = z.infer<typeof told>;

/** A completion of which the probabilities of its tokens were asked for. */
const scored = z.object({
  choices: z.array(z.object({ text: z.string().nullish(), logprobs: logProbs.nullish() })).min(1),
  usage: usage.nullish(),
});

const modelList = z.object({ data: z.array(z.object({ id: z.string() })) });

/** The text of a choice, or of its part in a chunk. */
export const textOf = ({ text, message, delta }: Choice): string | undefined =>
  text ?? message?.content ?? delta?.content ?? undefined;

/** The JSON of an answer. */
export async function readJson<T>(
  connection: Connection,
  answer: Answer,
  shape: { readonly what: string; readonly schema: z.ZodType<T> },
): Promise<T> {
  return parse(connection, await answer.text(), shape);
}

/** The JSON of a text, as that of an event. */
export function parse<T>(
  connection: Connection,
  text: string,
  { what, schema }: { readonly what: string; readonly schema: z.ZodType<T> },
): T {
  const found = (is: string): UnmaskError =>
    new UnmaskError(
      "corrupt",
      `${connection.url}: needed ${what} of an OpenAI-compatible API, got ${is}`,
    );
  if (/^\s*</.test(text)) throw found("a web page; the address of an API mostly ends in /v1");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    const beginning = quoted(text.slice(0, 80), connection);
    throw found(beginning === "" ? "nothing" : `what is not JSON: ${JSON.stringify(beginning)}`);
  }
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  // Errors come with status 200 as well, and in the middle of streams.
  if (typeof json === "object" && json !== null && "error" in json && json.error !== null)
    throw new UnmaskError(
      "unavailable",
      `${connection.url}: the server failed: ${quoted(errorIn(text).message, connection)}`,
    );
  const [issue] = read.error.issues;
  throw found(`something else: ${issue!.path.join(".")}: ${issue!.message}`);
}

export const completion = { what: "a completion", schema: reply };
export const chunk = { what: "a chunk of a stream", schema: reply };
export const scoredCompletion = { what: "a completion with log-probabilities", schema: scored };
export const models = { what: "a list of models", schema: modelList };
