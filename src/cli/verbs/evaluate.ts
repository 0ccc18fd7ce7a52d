/**
 * `unmask evaluate`: scores a model.
 *
 * @module
 */

import { UnmaskError } from "../../errors.ts";
import { machineOptions, modelOptions } from "./shared-options.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  description:
    "Scores a model. bound: an upper bound of the negative log-likelihood per token and per " +
    "character, with its standard error. exact: the likelihood itself, where the model has one. " +
    "speed: tokens per second while generating.",
  examples: [
    { command: "unmask evaluate --model runs/book --data test.txt", does: "the bound" },
    { command: "unmask evaluate --model runs/book --metric speed --json", does: "for a script" },
  ],
  arguments: {},
  options: {
    ...modelOptions,
    data: {
      type: "string",
      hint: "PATH",
      doc: "text to score; not needed for speed",
      group: "What",
    },
    metric: {
      type: "choice",
      choices: ["bound", "exact", "speed"],
      default: "bound",
      doc: "what to measure",
      group: "What",
    },
    samples: {
      type: "integer",
      min: 1,
      default: 4,
      doc: "noise levels drawn per canvas; more give a smaller error",
      group: "What",
    },
    limit: {
      type: "integer",
      min: 1,
      doc: "canvases at most",
      otherwise: "all of --data",
      group: "What",
    },
    length: {
      type: "integer",
      min: 2,
      doc: "tokens in one canvas",
      otherwise: "what the model was trained on",
      group: "What",
    },
    steps: {
      type: "integer",
      min: 1,
      doc: "forward passes per text, for speed",
      otherwise: "the model's own",
      group: "What",
    },
    batch: { type: "integer", min: 1, default: 16, doc: "canvases in a batch", group: "What" },
    seed: { type: "integer", min: 0, default: 0, doc: "of the draws", group: "What" },
    ...machineOptions,
  },

  async run({ values, signal, errorTerminal, out }) {
    const { metric, data } = values;
    if (metric !== "speed" && data === undefined)
      throw new UnmaskError("usage", `evaluate: --data is needed for --metric ${metric}`);
    const { measureLikelihood, measureSpeedOf } = await import("../actions/measure.ts");
    const options = { ...values, signal, terminal: errorTerminal };
    const { lines, result } =
      data === undefined || metric === "speed"
        ? await measureSpeedOf(options)
        : await measureLikelihood({ ...options, data });
    lines.forEach(out);
    return result;
  },
});
