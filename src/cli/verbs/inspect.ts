/**
 * `unmask inspect`: what is inside a model.
 *
 * @module
 */

import { findModel, modelOptions } from "./shared-options.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  description:
    "Shows what is inside a model folder or a safetensors file: system, shapes, parameters, " +
    "vocabulary, canvas.",
  examples: [{ command: "unmask inspect runs/book", does: "a model folder" }],
  arguments: {
    model: {
      doc: "a model folder, the name of a model that ships, or a .safetensors file",
      required: true,
    },
  },
  options: {
    as: modelOptions.as,
    tokenizer: modelOptions.tokenizer,
    tensors: { type: "boolean", doc: "list every tensor with its shape and type" },
  },

  async run({ values, out }) {
    const { inspectFile, inspectFolder } = await import("../actions/look-inside.ts");
    const { lines, result } = values.model.endsWith(".safetensors")
      ? await inspectFile(values.model, values.tensors)
      : await inspectFolder(await findModel(values.model), values);
    lines.forEach(out);
    return result;
  },
});
