/**
 * `POST /v1/fim/completions`: what belongs between two texts, as editors ask for it.
 *
 * @module
 */
import { z } from "zod";
import { refused } from "../failure.ts";
import { logprobsField, stopField, stopsOf, tokensField } from "../fields.ts";
import { writingRoute } from "../order.ts";
import { middleShape } from "../shapes.ts";

export const fim = writingRoute({
  path: "/v1/fim/completions",
  summary: "what belongs between two texts",
  shape: middleShape,
  fields: (limits) => ({
    prompt: z.string().describe("the text before"),
    suffix: z.string().default("").describe("the text after"),
    max_tokens: tokensField(limits).default(16),
    stop: stopField(limits),
    logprobs: logprobsField,
  }),
  wish({ prompt, suffix, max_tokens: length, stop, logprobs }) {
    if (length === 0)
      throw refused(400, "max_tokens: must be >= 1, got 0", { param: "max_tokens" });
    return {
      starts: [
        suffix === ""
          ? { kind: "continue", prompt, length }
          : { kind: "between", before: prompt, after: suffix, length },
      ],
      stop: stopsOf(stop),
      alternatives: logprobs,
    };
  },
});
