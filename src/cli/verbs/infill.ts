/**
 * `unmask infill`: fills the holes of a text.
 *
 * @module
 */

import { machineOptions, modelOptions, samplingOptions } from "./shared-options.ts";
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
    const [
      { needBothSides, samplingOptions: options, seedOf, useModel },
      canvas,
      { chooseLengths },
      { sample },
    ] = await Promise.all([
      import("../actions/use-model.ts"),
      import("../../sample/canvas.ts"),
      import("../../sample/infill.ts"),
      import("../../sample/sample.ts"),
    ]);
    const segments = canvas.parseHoles(values.text);
    const model = await useModel(values);
    needBothSides("infill", "a hole", model);
    const { encode, maskId } = model.tokenizer;
    const { checkOpen, writeTexts } = await import("../actions/write-texts.ts");
    const holes = segments.map((part) => (part.kind === "hole" ? (part.length ?? 1) : 0));
    checkOpen(holes.reduce((sum, places) => sum + places, 0));
    if (model.kind.attention.kind === "block")
      context.note(
        `a model of blocks sees to the right of a hole only to the end of its block of ${model.kind.attention.size} tokens`,
      );
    const seed = seedOf(values);
    const { lengths } = await chooseLengths({
      segments,
      encode,
      maskId,
      candidates: candidateLengths(values.maxHole),
      start: (start) =>
        sample({ ...options(model, values, { seed, index: 0, canvas: start }), signal }),
    });
    const filled = canvas.canvasWithHoles({ text: segments, encode, maskId, lengths });
    return writeTexts(context, { model, canvas: filled, seed, values });
  },
});

/** Lengths to try for a hole of the model's choice: every small one, then ever fewer. */
function candidateLengths(most: number): number[] {
  const lengths = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128].filter((n) => n < most);
  return [...lengths, most];
}
