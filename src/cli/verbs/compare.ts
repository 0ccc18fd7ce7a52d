/**
 * `unmask compare`: several models, the same questions, one report.
 *
 * @module
 */

import type { Options } from "../option.ts";
import { findModel, machineOptions } from "./shared-options.ts";
import { defineVerb } from "../verb.ts";

/** The options, which `run-compare.ts` reads. */
export const compareOptions = {
  models: {
    type: "models",
    find: findModel,
    required: true,
    doc: "model folders, names of models that ship, and addresses of remote models; the first autoregressive folder is what the others are set beside",
    group: "What",
  },
  data: {
    type: "string",
    required: true,
    hint: "PATH",
    doc: "text that the models have not seen; for reversal the pairs they have; for puzzles new ones",
    group: "What",
  },
  out: {
    type: "string",
    required: true,
    hint: "DIR",
    doc: "where report.html and report.json go; what is there already is not measured again",
    group: "What",
  },
  tasks: {
    type: "list",
    item: "task",
    choices: async () => Object.keys((await import("../../evaluate/tasks/index.ts")).tasks),
    doc: "what to measure",
    otherwise: "all",
    group: "What",
  },
  judge: {
    type: "model",
    find: findModel,
    doc: "an autoregressive model that reads the written texts",
    otherwise: "the first of --models that is one",
    group: "What",
  },
  samples: {
    type: "integer",
    min: 2,
    doc: "windows, texts, pairs: how many for each figure",
    otherwise: "64, or 12 with --quick",
    group: "How much",
  },
  steps: {
    type: "string",
    hint: "A,B",
    doc: "numbers of steps to write in",
    otherwise: "five, or three with --quick, up to --length",
    group: "How much",
  },
  length: {
    type: "integer",
    min: 2,
    max: 65_536,
    doc: "tokens in one canvas",
    otherwise: "the least that one of the models was trained on",
    group: "How much",
  },
  quick: {
    type: "boolean",
    doc: "a first look: fewer samples, steps and lengths",
    group: "How much",
  },
  batch: { type: "integer", min: 1, default: 16, doc: "canvases at a time", group: "How much" },
  seed: { type: "integer", min: 0, default: 0, doc: "of the draws", group: "How much" },
  ...machineOptions,
} as const satisfies Options;

export const verb = defineVerb({
  description:
    "Sets models side by side: what held-out text costs them, how well and how fast they write, how they fill " +
    "holes, answer backwards, repair texts and solve puzzles, and what length costs. Writes a page with pictures, " +
    "tables and the commands behind each figure. A difference within two standard errors is not called one. " +
    "Stopped, it goes on when it is run again.",
  examples: [
    {
      command: "unmask compare --models runs/ar,runs/book --data test.txt --out runs/report",
      does: "everything that fits",
    },
    {
      command:
        "unmask compare --models runs/ar,runs/book --data test.txt --out runs/report --tasks infill,long --quick",
      does: "two questions, a first look",
    },
  ],
  arguments: {},
  options: compareOptions,

  run: async (context) => (await import("../actions/run-compare.ts")).runCompare(context),
});
