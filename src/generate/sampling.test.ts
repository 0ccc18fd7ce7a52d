import { expect, test } from "vitest";
import { systemOf } from "../system/index.ts";
import { recorded, uniformDenoiser } from "../testing/denoisers.ts";
import type { ModelConfig } from "../checkpoint/model-config.ts";
import { samplingOptions, withoutHabits } from "./sampling.ts";

const maskId = 5;
const text = { seed: 1, index: 0, canvas: Int32Array.of(3, maskId) };

test("guidance asks about the canvas without its given text", async () => {
  const inner = recorded(uniformDenoiser({ vocabulary: 6 }));
  const model = { kind: systemOf("mdlm"), denoiser: () => inner, approximate: false, config: {} };
  const request = { canvas: text.canvas, places: Int32Array.of(1), time: 1 };
  const asked = async (guidance: number): Promise<number[][]> => {
    const before = inner.requests.length;
    await samplingOptions(model, { guidance }, text).denoiser.predict(request);
    return inner.requests.slice(before).map(({ canvas }) => [...canvas]);
  };
  expect(await asked(0)).toEqual([[3, maskId]]);
  expect(await asked(2)).toEqual([
    [3, maskId],
    [maskId, maskId],
  ]);
  const nothing = { ...text, canvas: Int32Array.of(maskId) };
  expect(() => samplingOptions(model, { guidance: 1 }, nothing)).toThrow(
    "guidance: needs given text that is to count for more, got none",
  );
});

test("guidance of a model that never read masks is refused", () => {
  const denoiser = () => uniformDenoiser({ vocabulary: 6 });
  const model = { kind: systemOf("autoregressive"), denoiser, approximate: false, config: {} };
  expect(() => samplingOptions(model, { guidance: 1 }, text)).toThrow(
    "guidance: needs a model that can read masks in place of the given text, got the system autoregressive",
  );
});

test("what isn't asked for is as the model has it; a rule of one's own has no block of the model's", () => {
  const sampling = { rule: "threshold", block: 2, temperature: 0.5 };
  const denoiser = () => uniformDenoiser({ vocabulary: 6 });
  const model = { kind: systemOf("mdlm"), denoiser, approximate: false, config: { sampling } };
  const own = samplingOptions(model, {}, text);
  // Thresholds take the steps they need; the system's own rule does not.
  expect(own).toMatchObject({ rule: { obeysSteps: false }, block: 2 });
  expect(own.processors).toHaveLength(1);
  expect(samplingOptions(model, { block: undefined, temperature: 1 }, text)).toMatchObject({
    block: 2,
    processors: [],
  });
  const asked = samplingOptions(model, { rule: "ancestral" }, text);
  expect(asked).toMatchObject({ rule: { obeysSteps: true }, block: undefined });
  // A text that stands is revised by the rule for its process.
  const revise = Int32Array.of(0);
  const revising = samplingOptions(model, {}, { ...text, canvas: Int32Array.of(3, 2), revise });
  expect(revising.rule).toMatchObject({ keepsRevealed: false });
  expect(revising.block).toBeUndefined();
  const { config } = withoutHabits({ config: { ...model.config } as ModelConfig });
  expect(config.sampling).toBeUndefined();
});
