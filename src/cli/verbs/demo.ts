/**
 * `unmask demo`: the idea of the project in a minute, with nothing to prepare.
 *
 * @module
 */

import type { Options } from "../option.ts";
import { machineOptions } from "./shared-options.ts";
import { defineVerb } from "../verb.ts";

/** The options, which `run-demo.ts` reads. */
export const demoOptions = {
  seconds: { type: "number", above: 0, default: 40, doc: "training time of each model" },
  length: { type: "integer", min: 1, default: 48, doc: "tokens to write after the prompt" },
  steps: {
    type: "integer",
    min: 1,
    doc: "forward passes of the diffusion model",
    otherwise: "half of --length",
  },
  seed: {
    type: "integer",
    min: 0,
    default: 0,
    doc: "of the stories, the training and the texts",
  },
  out: {
    type: "string",
    hint: "DIR",
    doc: "keep the two models here",
    otherwise: "they are thrown away",
    group: "Output",
  },
  ...machineOptions,
} as const satisfies Options;

export const verb = defineVerb({
  description:
    "Trains two tiny models on little stories that the program makes up, one autoregressive and " +
    "one masked diffusion, on the same backbone for the same time. Then both continue one prompt, " +
    "side by side, and the diffusion model fills a hole in the middle of a story.",
  examples: [
    { command: "unmask demo", does: "takes about two minutes" },
    { command: 'unmask demo "Mia the cat was" --seconds 120', does: "better writers" },
  ],
  arguments: { prompt: { doc: "how the story begins" } },
  options: demoOptions,

  run: async (context) => (await import("../actions/run-demo.ts")).runDemo(context),
});
