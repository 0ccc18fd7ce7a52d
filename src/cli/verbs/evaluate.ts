/**
 * `unmask evaluate`: scores a model.
 *
 * @module
 */

import { UnmaskError } from "../../errors.ts";
import type { EvaluateValues, Measured, Measuring } from "../actions/measure.ts";
import { isRemote } from "../../remote/address.ts";
import { flagOf } from "../flag.ts";
import type { Options } from "../option.ts";
import {
  fillingOptions,
  findModel,
  machineOptions,
  modelOptions,
  planningOptions,
  remoteOptions,
} from "./shared-options.ts";
import { defineVerb } from "../verb.ts";
import type { BaseContext } from "../verb.ts";

/** The options, which the metrics read. */
export const evaluateOptions = {
  ...modelOptions,
  ...remoteOptions,
  metric: {
    type: "choice",
    choices: ["bound", "exact", "generative", "reconstruction", "speed"],
    default: "bound",
    doc: "what to measure",
    group: "What",
  },
  data: {
    type: "string",
    hint: "PATH",
    doc: "text to score, or for generative to compare with; not for speed",
    group: "What",
  },
  length: {
    type: "integer",
    min: 2,
    max: 65_536,
    doc: "tokens in one canvas",
    otherwise: "what the model was trained on",
    group: "What",
  },
  batch: { type: "integer", min: 1, default: 16, doc: "canvases at a time", group: "What" },
  seed: { type: "integer", min: 0, default: 0, doc: "of the draws", group: "What" },

  limit: {
    type: "integer",
    min: 1,
    doc: "canvases at most, for bound, exact and reconstruction",
    otherwise: "all of --data",
    group: "Likelihood",
  },
  samples: {
    type: "integer",
    min: 1,
    default: 4,
    doc: "noise levels drawn per canvas, for bound; more give a smaller error",
    group: "Likelihood",
  },
  order: {
    type: "spec",
    table: async () => {
      const { orders, orderFromSpec } = await import("../../sample/rules/index.ts");
      return { variants: orders, read: orderFromSpec };
    },
    doc: "which place is written next, for exact",
    otherwise: "left-to-right",
    group: "Likelihood",
  },

  judge: {
    type: "model",
    find: findModel,
    doc: "an autoregressive model that scores the written texts",
    group: "Sampling",
  },
  count: {
    type: "integer",
    min: 1,
    default: 64,
    doc: "texts to write, for generative",
    group: "Sampling",
  },
  prompt: {
    type: "string",
    hint: "TEXT",
    doc: "how the texts of a remote model begin; a message, where its server only chats",
    otherwise: "from nothing",
    group: "Sampling",
  },
  ...fillingOptions,
  ...planningOptions,
  ...machineOptions,
} as const satisfies Options;

interface Metric {
  /** Options that it takes beside those that all metrics take. */
  readonly takes: readonly string[];
  readonly measure: (options: Measuring) => Promise<Measured>;
}

const metrics: Readonly<Record<EvaluateValues["metric"], Metric>> = {
  bound: {
    takes: ["data", "batch", "seed", "limit", "samples", "clarity"],
    measure: async (options) => {
      const { isLatentFolder } = await import("../../checkpoint/latent-folder.ts");
      return (await isLatentFolder(options.values.model))
        ? (await import("../actions/measure-plan-bound.ts")).measurePlanBound(options)
        : (await import("../actions/measure-likelihood.ts")).measureBound(options);
    },
  },
  exact: {
    takes: ["data", "batch", "limit", "order", "steps", "block"],
    measure: async (options) =>
      (await import("../actions/measure-likelihood.ts")).measureExact(options),
  },
  generative: {
    takes: [
      "data",
      "batch",
      "seed",
      "judge",
      "count",
      ...Object.keys({ ...fillingOptions, ...planningOptions }),
    ],
    measure: async (options) =>
      (await import("../actions/measure-generative.ts")).measureGenerative(options),
  },
  reconstruction: {
    takes: ["data", "batch", "seed", "limit", "clarity"],
    measure: async (options) =>
      (await import("../actions/measure-reconstruction.ts")).measureReconstruction(options),
  },
  speed: {
    takes: ["seed", ...Object.keys(fillingOptions)],
    measure: async (options) =>
      (await import("../actions/measure-speed.ts")).measureSpeedOf(options),
  },
};

export const verb = defineVerb({
  description:
    "Scores a model. bound: an upper bound of the negative log-likelihood per token and per " +
    "character, with its standard error. exact: the likelihood itself, of writing in one order. " +
    "generative: what a judge thinks of the texts it writes, with their entropy. reconstruction, of " +
    "latent systems: BLEU of paragraphs said again from disturbed latents, and the area under its curve " +
    "(AuBLEU). speed: tokens per second while writing.",
  examples: [
    { command: "unmask evaluate --model runs/book --data test.txt", does: "the bound" },
    {
      command:
        "unmask evaluate --model runs/book --data test.txt --metric exact --order confidence",
      does: "the likelihood, surest place first",
    },
    {
      command:
        "unmask evaluate --model runs/book --metric generative --judge runs/ar --data test.txt",
      does: "written texts beside real ones",
    },
    {
      command:
        "unmask evaluate --model runs/plan --data test.txt --metric reconstruction --limit 100",
      does: "BLEU and AuBLEU of a latent system",
    },
    { command: "unmask evaluate --model runs/book --metric speed --json", does: "for a script" },
    {
      command: "unmask evaluate --model http://127.0.0.1:8080/v1#book --metric speed",
      does: "a model behind a server",
    },
  ],
  arguments: {},
  options: evaluateOptions,

  async run(context) {
    const { lines, result } = await measure(context);
    lines.forEach(context.out);
    return result;
  },
});

async function measure(
  context: BaseContext & { readonly values: EvaluateValues },
): Promise<Measured> {
  const { values, given, signal, errorTerminal: terminal } = context;
  if (isRemote(values.model))
    return (await import("../actions/measure-remote.ts")).measureRemote(context);
  checkTaken(values.metric, given);
  return metrics[values.metric].measure({ values, given, signal, terminal });
}

/** Flags that would be ignored are refused. */
function checkTaken(metric: EvaluateValues["metric"], given: ReadonlySet<string>): void {
  const common = ["metric", "length", ...Object.keys({ ...modelOptions, ...machineOptions })];
  const taken = new Set([...common, ...metrics[metric].takes]);
  const stray = [...given].find((name) => !taken.has(name));
  if (stray === undefined) return;
  const takers = Object.entries(metrics).filter(([, { takes }]) => takes.includes(stray));
  const others = takers.map(([name]) => name).join(", ");
  const remedy = others === "" ? "; it is for remote models" : `, or measure one of: ${others}`;
  throw new UnmaskError(
    "usage",
    `evaluate: --metric ${metric} takes no ${flagOf(stray)}; leave it out${remedy}`,
  );
}
