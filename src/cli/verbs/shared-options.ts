/**
 * Options that mean the same in several verbs, spread into each.
 *
 * @module
 */

import { UnmaskError } from "../../errors.ts";
import { flagOf } from "../flag.ts";
import type { Options } from "../option.ts";

/** Where the computation runs. */
export const machineOptions = {
  device: {
    type: "choice",
    choices: ["cpu", "webgpu", "cuda"],
    default: "cpu",
    doc: "what computes",
    group: "Machine",
  },
  threads: {
    type: "integer",
    min: 1,
    doc: "CPU threads",
    otherwise: "all cores",
    group: "Machine",
  },
} as const satisfies Options;

/** The folder of a model that ships, or that was named. */
export const findModel = async (name: string): Promise<string> =>
  (await import("../../checkpoint/shipped-models.ts")).modelFolder(name);

/** Which model: for every verb that uses a finished one. */
export const modelOptions = {
  model: {
    type: "model",
    find: findModel,
    required: true,
    doc:
      "a model that ships, by its name; a model folder, as train or import makes it, or a published one as it " +
      "comes; or a model of a server, http(s)://host/v1#name",
    group: "Model",
  },
  as: {
    type: "spec",
    table: async () => {
      const { systems, systemFromSpec } = await import("../../system/index.ts");
      return { variants: systems, read: systemFromSpec };
    },
    doc: "the system of a published model, where its files fit several: bd3lm:block=32",
    otherwise: "what its files say",
    group: "Model",
  },
  tokenizer: {
    type: "string",
    hint: "PATH",
    doc: "the tokenizer of a published model that has none: a tokenizer.json, or its folder",
    otherwise: "the model's own",
    group: "Model",
  },
} as const satisfies Options;

/** What only a model behind a server takes. */
export const remoteOptions = {
  fields: {
    type: "string",
    hint: "JSON",
    doc: 'more fields for the server of a remote model: {"reasoning_effort":"instant"}',
    group: "Model",
  },
} as const satisfies Options;

/** Refuses them for a model on this machine. */
export function refuseRemoteOptions(verb: string, given: ReadonlySet<string>): void {
  const stray = Object.keys(remoteOptions).find((name) => given.has(name));
  if (stray === undefined) return;
  throw new UnmaskError(
    "usage",
    `${verb}: ${flagOf(stray)} is for a remote model, got it with one on this machine; leave it out`,
  );
}

/** How the open places of a canvas are filled. Those left out are the model's own. */
export const fillingOptions = {
  steps: {
    type: "integer",
    min: 1,
    doc: "forward passes at most; fewer is faster and rougher",
    otherwise: "the model's own",
    group: "Sampling",
  },
  rule: {
    type: "spec",
    table: async () => {
      const { rules, ruleFromSpec } = await import("../../sample/rules/index.ts");
      return { variants: rules, read: ruleFromSpec };
    },
    doc: "which proposals are kept in a step; joined by +, those that any keeps",
    otherwise: "the model's own",
    group: "Sampling",
  },
  block: {
    type: "integer",
    min: 1,
    doc: "finish so many tokens before the next block is opened",
    otherwise: "the model's own",
    group: "Sampling",
  },
  temperature: {
    type: "number",
    min: 0,
    doc: "0 always takes the likeliest token, 1 draws from the model's law",
    otherwise: "the model's own",
    group: "Sampling",
  },
  topK: {
    type: "integer",
    min: 1,
    doc: "draw from the K likeliest tokens only",
    group: "Sampling",
  },
  topP: {
    type: "number",
    above: 0,
    max: 1,
    doc: "draw from the likeliest tokens that hold this much probability together",
    group: "Sampling",
  },
  minP: {
    type: "number",
    min: 0,
    max: 1,
    doc: "leave out tokens less likely than X times the likeliest",
    group: "Sampling",
  },
  repetitionPenalty: {
    type: "number",
    above: 0,
    doc: "above 1, tokens that are already there become less likely",
    group: "Sampling",
  },
  noRepeat: {
    type: "integer",
    min: 1,
    doc: "never repeat a run of so many tokens",
    group: "Sampling",
  },
} as const satisfies Options;

/** How latent systems plan a text and say it. */
export const planningOptions = {
  eta: {
    type: "number",
    min: 0,
    max: 1,
    doc: "noise drawn anew in a step of planning: 0 is DDIM, 1 ancestral sampling",
    otherwise: "0",
    group: "Latent systems",
  },
  clarity: {
    type: "number",
    above: 0,
    max: 1,
    doc: "how clear a plan gets before it is said: the share of it that is signal, the rest stays noise",
    otherwise: "the system's own",
    group: "Latent systems",
  },
  beam: {
    type: "integer",
    min: 1,
    max: 1000,
    doc: "say a plan by beam search with so many candidates",
    otherwise: "the likeliest word, or drawn by --temperature",
    group: "Latent systems",
  },
} as const satisfies Options;

/** How texts are filled, and how many. */
export const samplingOptions = {
  ...fillingOptions,
  cache: {
    type: "choice",
    choices: ["exact", "none", "prefix", "dual"],
    default: "exact",
    doc:
      "what a pass keeps for the next: exact changes no number; prefix and dual (Fast-dLLM) are only " +
      "nearly right, and faster, with --block",
    group: "Sampling",
  },
  guidance: {
    type: "number",
    min: 0,
    doc: "above 0, the given text counts for more; takes twice the computing",
    otherwise: "0",
    group: "Sampling",
  },
  seed: {
    type: "integer",
    min: 0,
    doc: "the same seed gives the same text",
    otherwise: "a new one each time, which is reported",
    group: "Sampling",
  },
  count: { type: "integer", min: 1, default: 1, doc: "how many texts", group: "Sampling" },
  watch: {
    type: "boolean",
    doc: "show the canvas at every step (a line per step where there is no terminal)",
    group: "Output",
  },
} as const satisfies Options;
