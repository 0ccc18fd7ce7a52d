/**
 * `unmask infill`: fills the holes of a text.
 *
 * @module
 */

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
    ...remoteOptions,
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

  async run(context) {
    const { values, signal } = context;
    const { text, maxHole: longest } = values;
    const start = { kind: "fill", text, longest } as const;
    if (isRemote(values.model)) {
      const { writeRemote } = await import("../actions/write-remote.ts");
      return writeRemote(context, { verb: "infill", start, values });
    }
    refuseRemoteOptions("infill", context.given);
    const [{ seedOf, useModel }, { beginTask }, { writeTexts }] = await Promise.all([
      import("../actions/use-model.ts"),
      import("../../generate/begin-task.ts"),
      import("../actions/write-texts.ts"),
    ]);
    const model = await useModel(values);
    const seed = seedOf(values);
    const { canvas } = await beginTask(model, { start, sampling: values, seed }, signal);
    if (model.kind.attention.kind === "block")
      context.note(
        `a model of blocks sees to the right of a hole only to the end of its block of ${model.kind.attention.size} tokens`,
      );
    return writeTexts(context, { model, canvas, seed, values });
  },
});
