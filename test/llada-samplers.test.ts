/**
 * LLaDA's network and decoding against the published code: the canvas after every step of its own
 * sampler, with and without guidance, and of Fast-dLLM's threshold and factor.
 */
import { expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { referenceRuntime } from "unmask/tensor";
import { batched } from "../src/sample/denoiser.ts";
import { canvasDenoiser } from "../src/system/denoisers/canvas.ts";
import { systemOf } from "../src/system/index.ts";
import { goldenJson, goldenTensors } from "./support/golden.ts";
import { lladaGolden } from "./support/llada-golden.ts";
import { replay, replaysOf } from "./support/trace.ts";
import type { GoldenCase } from "./support/trace.ts";

const traces = await goldenJson<GoldenCase[]>("llada/samplers.json");
const { config, weights, maskId } = await lladaGolden();
const system = systemOf("mdlm").create({ size: config.vocabulary, maskId, endId: 0 });
const network = { system, config, weights, maskId, window: 128 };

test.each([
  ["reference", referenceRuntime()],
  ["cpu", cpuRuntime()],
])("log-probabilities on %s", async (_, runtime) => {
  const { tokens, logits } = await goldenTensors("llada/logits.safetensors");
  const denoiser = await canvasDenoiser({ ...network, runtime });
  const canvas = Int32Array.from(tokens!.data);
  const places = Int32Array.from(canvas.keys());
  const [rows] = await denoiser.predictBatch([{ canvas, places, time: 1 }]);
  let worst = 0;
  for (const place of places) {
    const at = place * config.vocabulary;
    // Logits up to a constant of the row, which log-probabilities lose.
    const shift = logits!.data[at]! - rows![at]!;
    for (let i = at; i < at + config.vocabulary; i++)
      if (i !== at + maskId)
        worst = Math.max(worst, Math.abs(rows![i]! + shift - logits!.data[i]!));
  }
  expect(worst).toBeLessThan(3e-4);
});

const denoiser = batched(await canvasDenoiser({ ...network, runtime: cpuRuntime() }));

test.each(replaysOf("llada", traces, maskId))("$name", async (recorded) => {
  expect(await replay(recorded, denoiser)).toEqual(recorded.canvases);
});
