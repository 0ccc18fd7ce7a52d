/**
 * `POST /v1/edits`: parts of a finished text are opened again and refined with the rest in view.
 *
 * @module
 */
import { z } from "zod";
import { refused } from "../failure.ts";
import { logprobsField } from "../fields.ts";
import { writingRoute } from "../order.ts";
import { textShape } from "../shapes.ts";

const place = z
  .int()
  .min(0)
  .max(2 ** 31);

/** The share of the tokens that is opened where nothing is said. */
const usualStrength = 0.3;

export const edits = writingRoute({
  path: "/v1/edits",
  summary: "opens part of a text again and refines it",
  shape: textShape,
  fields: () => ({
    text: z.string().min(1),
    strength: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe(`the share of the tokens that is opened; default ${usualStrength}`),
    doubts: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe("the share of the tokens that is opened: those that the model doubts the most"),
    spans: z
      .array(z.tuple([place, place]))
      .min(1)
      .max(10_000)
      .optional()
      .describe("the characters that are opened: [from, to before], in order"),
    logprobs: logprobsField,
  }),
  wish({ text, strength, doubts, spans, logprobs }) {
    const given = Object.entries({ strength, doubts, spans }).filter(
      ([, value]) => value !== undefined,
    );
    const [first, second] = given.map(([name]) => name);
    if (second)
      throw refused(400, `${second}: give ${first} or ${second}, not both`, { param: second });
    const chosen = doubts === undefined ? (strength ?? usualStrength) : { doubts };
    const opened = spans === undefined ? chosen : ordered(spans);
    return { starts: [{ kind: "edit", text, opened }], alternatives: logprobs, fits: true };
  },
});

function ordered(spans: readonly (readonly [number, number])[]) {
  let reached = 0;
  return spans.map(([start, end], index) => {
    if (start < reached || end <= start)
      throw refused(
        400,
        `spans[${index}]: must begin at ${reached} or later and end after it begins, got [${start}, ${end}]`,
        { param: `spans[${index}]` },
      );
    reached = end;
    return { start, end };
  });
}
