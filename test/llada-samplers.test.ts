/**
 * LLaDA's network and decoding against the published code: the canvas after every step of its own
 * sampler, with and without guidance, and of Fast-dLLM's threshold and factor.
 */
import { expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { randomKey, referenceRuntime } from "unmask/tensor";
import { batched } from "../src/sample/denoiser.ts";
import { guided, withoutGiven } from "../src/sample/guide.ts";
import { processorsOf } from "../src/sample/processor.ts";
import { createRule } from "../src/sample/rules/index.ts";
import { sample } from "../src/sample/sample.ts";
import { canvasDenoiser } from "../src/system/denoisers/canvas.ts";
import { systemOf } from "../src/system/index.ts";
import { goldenJson, goldenTensors } from "./support/golden.ts";
import { lladaGolden } from "./support/llada-golden.ts";

interface Trace {
  readonly name: string;
  readonly params: {
    readonly steps: number;
    readonly block_length: number;
    readonly cfg_scale?: number;
    readonly threshold?: number | null;
    readonly factor?: number;
  };
  /** The canvas before each pass, and the last one. */
  readonly trace: number[][];
}

const traces = await goldenJson<Trace[]>("llada/samplers.json");
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

test.each(traces)("$name", async ({ params, trace }) => {
  const { steps, block_length: block, cfg_scale: scale = 0, threshold, factor } = params;
  const canvas = Int32Array.from(trace[0]!);
  const rule = factor
    ? createRule("factor", { factor })
    : threshold
      ? createRule("threshold", { tau: threshold })
      : createRule("confidence");
  const frames = sample({
    denoiser: guided({ denoiser, scale, unconditional: withoutGiven(canvas, maskId) }),
    canvas,
    rule,
    steps,
    block,
    processors: processorsOf({ temperature: 0 }),
    key: randomKey(0),
  });
  const canvases: number[][] = [];
  for await (const frame of frames) canvases.push([...frame.canvas]);
  expect(canvases).toEqual(trace);
});
