/**
 * `--metric speed`: how fast a model writes.
 *
 * @module
 */
import { measureSpeed } from "../../evaluate/speed.ts";
import { formatNumber } from "../../report/number-format.ts";
import { renderTable } from "../../report/table.ts";
import { openCanvas } from "../../sample/canvas.ts";
import type { Measured, Measuring } from "./measure.ts";
import { samplingOptions, withoutHabits } from "../../generate/sampling.ts";
import { useModel } from "./use-model.ts";

export async function measureSpeedOf({ values, signal }: Measuring): Promise<Measured> {
  const model = withoutHabits(await useModel(values));
  const { metric, length = model.config.length, seed } = values;
  const canvas = openCanvas({ length, maskId: model.tokenizer.maskId });
  const sampling = samplingOptions(model, values, { seed, index: 0, canvas });
  const speed = await measureSpeed(sampling, { repeats: 3, signal });
  const lines = [
    `${values.model} (${model.config.system}): ${length} tokens from nothing, 3 times`,
    ...renderTable(
      ["", ""],
      [
        ["tokens/s", formatNumber(speed.tokensPerSecond)],
        ["forward passes/s", formatNumber(speed.passesPerSecond)],
        ["tokens/forward pass", formatNumber(speed.tokensPerPass)],
        ["time outside the model", `${(100 * speed.outside).toFixed(1)} %`],
      ],
    ),
  ];
  const { each: _, ...figures } = speed;
  return { lines, result: { metric, model: values.model, length, ...figures } };
}
