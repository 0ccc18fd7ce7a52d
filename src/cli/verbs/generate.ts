/**
 * `unmask generate`: a text, from a prompt or from nothing.
 *
 * @module
 */

import { machineOptions, modelOptions, samplingOptions } from "./shared-options.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  description: "Writes a text that begins with PROMPT, or any text when there is none.",
  examples: [
    {
      command: 'unmask generate "Once upon a time" --model runs/book --watch',
      does: "watch it being unmasked",
    },
    {
      command: "unmask generate --model runs/book --length 200 --steps 20 --seed 7",
      does: "ten tokens per pass",
    },
  ],
  arguments: { prompt: { doc: "how the text begins; these tokens stay as they are" } },
  options: {
    ...modelOptions,
    length: {
      type: "integer",
      min: 1,
      max: 65_536,
      default: 128,
      doc: "tokens to write after the prompt",
      group: "Sampling",
    },
    ...samplingOptions,
    ...machineOptions,
  },

  async run(context) {
    const { values } = context;
    const [{ seedOf, useModel }, { openCanvas }, { writeTexts }] = await Promise.all([
      import("../actions/use-model.ts"),
      import("../../sample/canvas.ts"),
      import("../actions/write-texts.ts"),
    ]);
    const model = await useModel(values);
    const { tokenizer } = model;
    const prompt = tokenizer.encode(values.prompt ?? "");
    const canvas = openCanvas({ prompt, length: values.length, maskId: tokenizer.maskId });
    return writeTexts(context, { model, canvas, seed: seedOf(values), values });
  },
});
