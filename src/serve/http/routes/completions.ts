/**
 * `POST /v1/completions`: a text goes on, or, with `suffix`, leads over to another.
 *
 * @module
 */
import { z } from "zod";
import type { Start } from "../../../generate/task.ts";
import { refused } from "../failure.ts";
import { logprobsField, stopField, stopsOf, tokensField } from "../fields.ts";
import type { Limits } from "../limits.ts";
import { writingRoute } from "../order.ts";
import { textShape } from "../shapes.ts";

const tokens = z.array(
  z
    .int()
    .min(0)
    .max(2 ** 31 - 1),
);

const promptField = (limits: Limits) =>
  z
    .union(
      [
        z.string(),
        z.array(z.string()).min(1).max(limits.texts),
        tokens.min(1),
        z.array(tokens).min(1).max(limits.texts),
      ],
      {
        error: `must be a text, tokens, or an array of at most ${limits.texts} texts or token arrays`,
      },
    )
    .default("");

type Prompt = string | readonly number[];

export const completions = writingRoute({
  path: "/v1/completions",
  summary: "goes on from a text",
  shape: textShape,
  fields: (limits) => ({
    prompt: promptField(limits),
    suffix: z.string().optional().describe("what follows: the text is written in between"),
    max_tokens: tokensField(limits).default(16),
    stop: stopField(limits),
    logprobs: logprobsField,
    echo: z.boolean().default(false).describe("tell the prompt too"),
  }),
  wish(body) {
    const { suffix = "", echo } = body;
    if (echo && suffix !== "")
      throw refused(400, "echo: tells the prompt before the text; leave echo or suffix out", {
        param: "echo",
      });
    if (body.max_tokens === 0 && !echo)
      throw refused(400, "max_tokens: must be >= 1, got 0; 0 makes sense with echo only", {
        param: "max_tokens",
      });
    return {
      starts: promptsOf(body.prompt).map((prompt) => startOf(prompt, suffix, body.max_tokens)),
      stop: stopsOf(body.stop),
      alternatives: body.logprobs,
      echo,
    };
  },
});

function promptsOf(
  prompt: string | readonly string[] | readonly number[] | readonly (readonly number[])[],
): readonly Prompt[] {
  if (typeof prompt === "string") return [prompt];
  const isTokens = (value: typeof prompt): value is readonly number[] =>
    typeof value[0] === "number";
  return isTokens(prompt) ? [prompt] : prompt;
}

function startOf(prompt: Prompt, suffix: string, length: number): Start {
  if (suffix === "") return { kind: "continue", prompt, length };
  if (typeof prompt === "string") return { kind: "between", before: prompt, after: suffix, length };
  throw refused(400, "suffix: needs the prompt as a text, got tokens", { param: "suffix" });
}
