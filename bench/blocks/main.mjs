/**
 * What a token costs as the text grows: block diffusion with its cache, without it, and the
 * autoregressive model with its own.
 *
 * `npm run bench -- blocks [--size micro] [--block 16] [--length 2048] [--every 256]`
 *
 * Weights are random: speed does not depend on them. All models have one window of the whole length.
 */
import { parseArgs } from "node:util";
import { transformerConfig, sizeOf } from "../../dist/model/sizes.js";
import { transformerParameters } from "../../dist/model/transformer.js";
import { initialize } from "../../dist/nn/parameter.js";
import { openCanvas } from "../../dist/sample/canvas.js";
import { createRule } from "../../dist/sample/rules/index.js";
import { sample } from "../../dist/sample/sample.js";
import { cachedDenoisers } from "../../dist/system/denoisers/cached.js";
import { systemOf } from "../../dist/system/index.js";
import { randomKey } from "../../dist/tensor/index.js";
import { cpuRuntime } from "../../dist/tensor/runtime/ort-node.js";

export async function main(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      size: { type: "string", default: "micro" },
      block: { type: "string", default: "16" },
      length: { type: "string", default: "2048" },
      every: { type: "string", default: "256" },
      vocabulary: { type: "string", default: "512" },
    },
  });
  const [block, length, every, size] = ["block", "length", "every", "vocabulary"].map((name) =>
    Number(values[name]),
  );
  console.log(`${values.size}, blocks of ${block}, ms per token after so many tokens:`);
  const marks = Array.from({ length: length / every }, (_, i) => (i + 1) * every);
  console.log(["".padEnd(28), ...marks.map((mark) => String(mark).padStart(8))].join(""));
  for (const [name, kind, cache] of [
    ["blocks, cached", systemOf("bd3lm", { block }), true],
    ["blocks, from the start", systemOf("bd3lm", { block }), false],
    ["autoregressive, cached", systemOf("autoregressive"), true],
  ]) {
    const config = transformerConfig(sizeOf(values.size), { vocabulary: size, ...kind });
    const maskId = size - 1;
    const make = await cachedDenoisers({
      runtime: cpuRuntime(),
      system: kind.create({ size, maskId, endId: size - 2 }),
      config,
      weights: initialize(transformerParameters(config), randomKey(1)),
      maskId,
      window: length,
      beginId: size - 2,
      cache,
    });
    const frames = sample({
      denoiser: make(),
      canvas: openCanvas({ length, maskId }),
      rule: createRule(kind.rule),
      key: randomKey(1),
    });
    const row = [];
    let started = performance.now();
    for await (const { open } of frames) {
      if (open === length || open % every !== 0) continue;
      row.push((performance.now() - started) / every);
      started = performance.now();
    }
    console.log([name.padEnd(28), ...row.map((ms) => ms.toFixed(2).padStart(8))].join(""));
  }
}
