/**
 * `unmask train`: a model from a text.
 *
 * @module
 */

import { UnmaskError } from "../../errors.ts";
import { usual } from "../../train/recipe.ts";
import type { Options } from "../option.ts";
import { findModel, machineOptions } from "./shared-options.ts";
import { defineVerb } from "../verb.ts";

/** The options, which `run-training.ts` reads. */
export const trainOptions = {
  data: {
    type: "string",
    hint: "PATH",
    doc: "a text file, a .jsonl of dialogues or of prompts with completions, or a folder of either; needed unless --resume",
    group: "Data",
  },
  valid: {
    type: "string",
    hint: "PATH",
    doc: "text or dialogues to validate on",
    otherwise: "the end of --data, which is then not trained on",
    group: "Data",
  },
  tokenizer: {
    type: "string",
    hint: "KIND|PATH",
    default: "char",
    doc: "char, byte, word, bpe:N (N tokens, trained on --data), or a tokenizer.json",
    group: "Data",
  },
  length: {
    type: "integer",
    min: 2,
    max: 65_536,
    doc: "tokens in one canvas",
    otherwise: "256, 64 for a latent system's paragraphs, or as --init",
    group: "Data",
  },

  system: {
    type: "spec",
    table: async () => {
      const { anySystemFromSpec, latentSystems, systems } = await import("../../system/index.ts");
      return { variants: { ...systems, ...latentSystems }, read: anySystemFromSpec };
    },
    doc: "the kind of model",
    otherwise: "mdlm, or as --init",
    group: "Model",
  },
  size: {
    type: "choice",
    choices: async () => Object.keys((await import("../../model/sizes.ts")).sizes),
    default: "micro",
    doc: "about 0.1M, 1M, 5M, 25M, 85M parameters",
    group: "Model",
  },
  layers: { type: "integer", min: 1, doc: "layers", otherwise: "by --size", group: "Model" },
  heads: {
    type: "integer",
    min: 1,
    doc: "attention heads; --width must be an even multiple",
    otherwise: "by --size",
    group: "Model",
  },
  width: { type: "integer", min: 1, doc: "width", otherwise: "by --size", group: "Model" },
  schedule: {
    type: "choice",
    choices: async () =>
      Object.keys((await import("../../diffusion/schedules/index.ts")).schedules),
    doc: "how fast the noise of a diffusion comes",
    otherwise: "the system's own; short for --system NAME:schedule=...",
    group: "Model",
  },
  dropout: {
    type: "number",
    min: 0,
    max: 0.99,
    default: usual.dropout,
    doc: "share of activations dropped",
    group: "Model",
  },
  init: {
    type: "model",
    find: findModel,
    doc: "a model folder to start from: its weights, tokenizer and backbone",
    otherwise: "random weights",
    group: "Model",
  },

  steps: {
    type: "integer",
    min: 1,
    doc: "optimiser steps in all; of each stage, for systems with two",
    otherwise: "1000, unless --minutes",
    group: "Run",
  },
  minutes: { type: "number", above: 0, doc: "time to train, instead of --steps", group: "Run" },
  batch: {
    type: "integer",
    min: 1,
    default: usual.batch,
    doc: "canvases in a batch",
    group: "Run",
  },
  accumulate: {
    type: "integer",
    min: 1,
    default: usual.accumulate,
    doc: "batches in one optimiser step",
    group: "Run",
  },
  seed: {
    type: "integer",
    min: 0,
    default: usual.seed,
    doc: "the same seed gives the same run",
    group: "Run",
  },
  resume: { type: "boolean", doc: "go on with the run in --out, exactly", group: "Run" },

  lr: {
    type: "number",
    above: 0,
    doc: "learning rate at its peak",
    otherwise: "by --size",
    group: "Optimiser",
  },
  minLr: {
    type: "number",
    min: 0,
    doc: "learning rate at the end",
    otherwise: "a tenth of --lr",
    group: "Optimiser",
  },
  warmup: {
    type: "integer",
    min: 0,
    doc: "steps until the peak",
    otherwise: "a twentieth of the run, 1000 at most",
    group: "Optimiser",
  },
  beta2: {
    type: "number",
    above: 0,
    max: 0.999999,
    default: usual.beta2,
    doc: "memory of AdamW's second moment",
    group: "Optimiser",
  },
  weightDecay: {
    type: "number",
    min: 0,
    default: usual.weightDecay,
    doc: "decay of the matrices",
    group: "Optimiser",
  },
  clip: {
    type: "number",
    min: 0,
    default: usual.clip,
    doc: "largest norm of the gradient; 0 does not clip",
    group: "Optimiser",
  },
  ema: {
    type: "number",
    min: 0,
    max: 0.999999,
    default: usual.ema,
    doc: "memory of the average of weights that is saved and scored; 0 keeps none",
    group: "Optimiser",
  },

  ...machineOptions,

  out: {
    type: "string",
    hint: "DIR",
    required: true,
    doc: "the folder for model, state and metrics",
    group: "Output",
  },
  evalEvery: {
    type: "integer",
    min: 1,
    doc: "steps between validations",
    otherwise: "ten in the run",
    group: "Output",
  },
  saveEvery: {
    type: "integer",
    min: 1,
    doc: "steps between checkpoints",
    otherwise: "with every validation",
    group: "Output",
  },
} as const satisfies Options;

export const verb = defineVerb({
  description:
    "Trains a model on a text or on dialogues, or goes on with a run that was interrupted. Ctrl-C saves a " +
    "checkpoint and stops. The folder that it writes is what --model takes in the other verbs.",
  examples: [
    {
      command: "unmask train --data book.txt --out runs/book --minutes 5",
      does: "a masked diffusion model",
    },
    {
      command: "unmask train --data book.txt --out runs/ar --system autoregressive --minutes 5",
      does: "its autoregressive peer",
    },
    {
      command: "unmask train --init runs/book --data chat.jsonl --out runs/chat",
      does: 'fine-tunes on answers; lines of {"messages": [{"role": ..., "content": ...}]}',
    },
    {
      command: "unmask train --data book.txt --out runs/plan --system planner --minutes 10",
      does: "a model that plans paragraphs, in two stages",
    },
    { command: "unmask train --out runs/book --resume --steps 20000", does: "goes on" },
  ],
  arguments: {},
  options: trainOptions,

  async run(context) {
    const { values } = context;
    if (values.steps !== undefined && values.minutes !== undefined)
      throw new UnmaskError("usage", "train: --steps and --minutes exclude each other; give one");
    if (values.data === undefined && !values.resume)
      throw new UnmaskError(
        "usage",
        "train: --data is needed: a file or a folder of text or dialogues",
      );
    if (await trainsInStages(values)) {
      const { trainStages } = await import("../actions/train-stages.ts");
      return trainStages(context);
    }
    const { runTraining } = await import("../actions/run-training.ts");
    return runTraining(context);
  },
});

/** Whether the system that is asked for, or whose run goes on, is a latent one. */
async function trainsInStages({
  system,
  resume,
  out,
}: {
  readonly system?: string | undefined;
  readonly resume: boolean;
  readonly out: string;
}): Promise<boolean> {
  const [{ isLatent }, { isLatentFolder }] = await Promise.all([
    import("../../system/index.ts"),
    import("../../checkpoint/latent-folder.ts"),
  ]);
  return resume ? isLatentFolder(out) : system !== undefined && isLatent(system);
}
