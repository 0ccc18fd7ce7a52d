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
  train: {
    type: "boolean",
    doc: "train two tiny models on made-up stories first, in place of those that ship",
  },
  seconds: {
    type: "number",
    above: 0,
    default: 40,
    doc: "training time of each model; implies --train",
  },
  length: { type: "integer", min: 1, default: 48, doc: "tokens to write after the prompt" },
  steps: {
    type: "integer",
    min: 1,
    doc: "forward passes of the diffusion models, of those that obey a number",
    otherwise: "one for each token, or half as many with --train",
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
    doc: "keep the stories and the two trained models here; implies --train",
    otherwise: "they are thrown away",
    group: "Output",
  },
  ...machineOptions,
} as const satisfies Options;

export const verb = defineVerb({
  description:
    "Lets models of several kinds continue one prompt, side by side: an autoregressive one, block diffusion, masked " +
    "diffusion. Then a diffusion model fills a hole in the middle of a story. The models are those that ship; " +
    "with --train, two tiny ones that are trained first, on the same stories and the same backbone for the same time.",
  examples: [
    { command: "unmask demo", does: "the models that ship" },
    { command: 'unmask demo "Once there was a fox" --seed 3', does: "another story" },
    { command: "unmask demo --train", does: "trains first; takes about two minutes" },
  ],
  arguments: { prompt: { doc: "how the story begins" } },
  options: demoOptions,

  run: async (context) => (await import("../actions/run-demo.ts")).runDemo(context),
});
