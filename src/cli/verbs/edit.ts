/**
 * `unmask edit`: opens part of a text again and refines it.
 *
 * @module
 */

import { UnmaskError } from "../../errors.ts";
import { isRemote } from "../../remote/address.ts";
import {
  machineOptions,
  modelOptions,
  refuseRemoteOptions,
  remoteOptions,
  samplingOptions,
} from "./shared-options.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  description:
    "Opens part of a finished text again and writes it anew with the rest in view: a share of its tokens " +
    "chosen at random, or those that the model itself doubts the most, or spans of characters. Or opens " +
    "nothing, and a rule that corrects itself rewrites what it finds wrong.",
  examples: [
    {
      command: 'unmask edit "Tom had a blue kite. Tom was happy." --model runs/book --strength 0.4',
      does: "four tokens of ten",
    },
    {
      command: 'unmask edit "Tom had a blue kite." --model runs/book --spans 10-14',
      does: "the colour",
    },
    {
      command: 'unmask edit "Tom had a blue kitw. Tom was hqppy." --model runs/book --doubts 0.1',
      does: "the least likely tokens",
    },
    {
      command: 'unmask edit "Tom had a blue kitw. Tom was hqppy." --model runs/uniform --revise',
      does: "whatever a model of uniform noise wants otherwise",
    },
  ],
  arguments: { text: { doc: "the text", required: true } },
  options: {
    ...modelOptions,
    ...remoteOptions,
    strength: {
      type: "number",
      above: 0,
      max: 1,
      doc: "the share of the tokens that is opened",
      otherwise: "0.3",
      group: "Sampling",
    },
    doubts: {
      type: "number",
      above: 0,
      max: 1,
      doc: "the share of the tokens that is opened, those that the model doubts the most",
      group: "Sampling",
    },
    spans: {
      type: "string",
      hint: "A-B,C-D",
      doc: "the characters that are opened, from A, counted from 0, to before B",
      group: "Sampling",
    },
    revise: {
      type: "boolean",
      doc: "open nothing: rewrite what the rule finds wrong",
      group: "Sampling",
    },
    ...samplingOptions,
    ...machineOptions,
  },

  async run(context) {
    const { values } = context;
    const { strength, doubts, spans, revise, text } = values;
    const ways = Object.entries({ strength, doubts, spans, revise }).filter(
      ([, value]) => value !== undefined && value !== false,
    );
    if (ways.length > 1) {
      const [first, second] = ways.map(([name]) => name);
      throw new UnmaskError("usage", `edit: give --${first} or --${second}, not both`);
    }
    const { parseSpans } = await import("../../sample/edit.ts");
    const share = doubts === undefined ? (strength ?? 0.3) : { doubts };
    const opened = spans === undefined ? share : parseSpans(spans);
    const start = revise
      ? ({ kind: "revise", text } as const)
      : ({ kind: "edit", text, opened } as const);
    if (isRemote(values.model)) {
      const { writeRemote } = await import("../actions/write-remote.ts");
      return writeRemote(context, { verb: "edit", start, values });
    }
    refuseRemoteOptions("edit", context.given);
    const [{ useModel }, { writeTexts }] = await Promise.all([
      import("../actions/use-model.ts"),
      import("../actions/write-texts.ts"),
    ]);
    return writeTexts(context, { model: await useModel(values), start, values });
  },
});
