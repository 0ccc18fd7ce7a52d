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
    const { values } = context;
    const { text, maxHole: longest } = values;
    const start = { kind: "fill", text, longest } as const;
    if (isRemote(values.model)) {
      const { writeRemote } = await import("../actions/write-remote.ts");
      return writeRemote(context, { verb: "infill", start, values });
    }
    refuseRemoteOptions("infill", context.given);
    const [{ useModel }, { writeTexts }] = await Promise.all([
      import("../actions/use-model.ts"),
      import("../actions/write-texts.ts"),
    ]);
    return writeTexts(context, { model: await useModel(values), start, values });
  },
});
