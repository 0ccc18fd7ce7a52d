/**
 * `POST /v1/infill`: a text with holes is filled.
 *
 * @module
 */
import { z } from "zod";
import { UnmaskError } from "../../../errors.ts";
import { parseHoles } from "../../../sample/canvas.ts";
import { refused } from "../failure.ts";
import { logprobsField } from "../fields.ts";
import { writingRoute } from "../order.ts";
import { textShape } from "../shapes.ts";

export const infill = writingRoute({
  path: "/v1/infill",
  summary: "fills the holes of a text",
  shape: textShape,
  fields: (limits) => ({
    text: z.string().describe("[[12]] is a hole of 12 tokens, [[?]] one of the model's choice"),
    max_hole: z
      .int()
      .min(1)
      .max(limits.tokens)
      .default(16)
      .describe("tokens at most in a hole of the model's choice"),
    logprobs: logprobsField,
  }),
  wish({ text, max_hole: longest, logprobs }, { limits }) {
    const open = openPlaces(text, longest);
    if (open > limits.tokens)
      throw refused(400, `text: its holes may hold ${limits.tokens} tokens, got ${open}`, {
        param: "text",
      });
    return { starts: [{ kind: "fill", text, longest }], alternatives: logprobs, fits: true };
  },
});

/** How many places the holes have at most. */
function openPlaces(text: string, longest: number): number {
  try {
    const holes = parseHoles(text).map((part) =>
      part.kind === "hole" ? (part.length ?? longest) : 0,
    );
    return holes.reduce((sum, places) => sum + places, 0);
  } catch (error) {
    if (!UnmaskError.is(error)) throw error;
    throw refused(400, error.message, { param: "text" });
  }
}
