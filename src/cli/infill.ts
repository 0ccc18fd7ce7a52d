/**
 * `unmask infill`: fills the holes of a text.
 *
 * @module
 */

import { UnmaskError } from "../errors.ts";
import { machineOptions, modelOptions, samplingOptions } from "./shared-options.ts";
import { defineVerb } from "./verb.ts";

export const verb = defineVerb({
  description:
    "Fills the holes of a text, reading what stands on both sides of them. [[12]] is a hole of " +
    "12 tokens, [[?]] one whose size the model chooses.",
  examples: [
    {
      command: 'unmask infill "Once [[12]] a time [[?]]." --model runs/book',
      does: "two holes",
    },
  ],
  arguments: { text: { doc: "the text with its holes", required: true } },
  options: {
    ...modelOptions,
    maxHole: {
      type: "integer",
      min: 1,
      default: 16,
      doc: "tokens at most in a hole of the model's choice",
      group: "Sampling",
    },
    ...samplingOptions,
    ...machineOptions,
  },

  async run() {
    throw new UnmaskError("unavailable", "infill: not built yet");
  },
});
