/**
 * One contender of bench/checkpoint: opens a model, then answers the same prompt once for each line of
 * its input.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { kindOf } from "../../dist/checkpoint/model-config.js";
import { readNetwork } from "../../dist/checkpoint/model-folder.js";
import { openCanvas } from "../../dist/sample/canvas.js";
import { finish } from "../../dist/sample/frame.js";
import { greedy } from "../../dist/sample/processor.js";
import { createRule } from "../../dist/sample/rules/index.js";
import { sample } from "../../dist/sample/sample.js";
import { openDenoisers } from "../../dist/system/denoisers/index.js";
import { randomKey } from "../../dist/tensor/index.js";
import { cpuRuntime } from "../../dist/tensor/runtime/ort-node.js";

const { folder, prompt, length, steps, block, cache, ask } = JSON.parse(process.argv[2]);
const { config, weights } = await readNetwork(folder);
const { maskId } = config.published;
const open = await openDenoisers({
  runtime: cpuRuntime({ threads: 2 }),
  kind: kindOf(config),
  config: config.transformer,
  length: config.length,
  weights,
  tokenizer: { size: config.transformer.vocabulary, maskId, endId: 0 },
  cache,
});

const rowsOnly = (denoiser) => ({ ...denoiser, survey: undefined });
/** The published way: the logits of the whole canvas, every time, and the rest on the host. */
const whole = (denoiser) => {
  return {
    ...rowsOnly(denoiser),
    async predict({ canvas, places, ...more }) {
      const all = Int32Array.from(canvas.keys());
      const rows = await denoiser.predict({ ...more, canvas, places: all });
      const { vocabulary } = denoiser;
      const asked = new Float32Array(places.length * vocabulary);
      places.forEach((place, i) =>
        asked.set(rows.subarray(place * vocabulary, (place + 1) * vocabulary), i * vocabulary),
      );
      return asked;
    },
  };
};
const asking = { whole, rows: rowsOnly, survey: (denoiser) => denoiser }[ask];

async function answer() {
  const canvas = openCanvas({ prompt: Int32Array.from(prompt), length, maskId });
  const frame = await finish(
    sample({
      denoiser: asking(open(canvas)),
      canvas,
      rule: createRule("confidence"),
      steps,
      block,
      processors: [greedy()],
      key: randomKey(1),
    }),
  );
  return [...frame.canvas.subarray(prompt.length)];
}

const peak = () =>
  Number(readFileSync("/proc/self/status", "utf8").match(/VmHWM:\s+(\d+)/)[1]) / 1024;

console.log(JSON.stringify({ ready: true }));
for await (const _ of createInterface({ input: process.stdin })) {
  const began = performance.now();
  const tokens = await answer();
  console.log(
    JSON.stringify({ seconds: (performance.now() - began) / 1000, peak: peak(), tokens }),
  );
}
