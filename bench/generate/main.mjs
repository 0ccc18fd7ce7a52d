/**
 * How fast models write: forward passes and tokens per second, and the time outside the model.
 *
 * `npm run bench -- generate [--size mini] [--length 256] [--vocabulary 512] [--repeats 3]`
 *
 * Weights are random: speed does not depend on them. The autoregressive model has its exact cache.
 */
import { parseArgs } from "node:util";
import { transformerConfig, sizeOf } from "../../dist/model/sizes.js";
import { transformerParameters } from "../../dist/model/transformer.js";
import { initialize } from "../../dist/nn/parameter.js";
import { measureSpeed } from "../../dist/evaluate/speed.js";
import { openCanvas } from "../../dist/sample/canvas.js";
import { createRule } from "../../dist/sample/rules/index.js";
import { openDenoisers } from "../../dist/system/denoisers/index.js";
import { systemOf } from "../../dist/system/index.js";
import { randomKey } from "../../dist/tensor/index.js";
import { cpuRuntime } from "../../dist/tensor/runtime/ort-node.js";

export async function main(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      size: { type: "string", default: "mini" },
      length: { type: "string", default: "256" },
      vocabulary: { type: "string", default: "512" },
      repeats: { type: "string", default: "3" },
    },
  });
  const [length, size, repeats] = [values.length, values.vocabulary, values.repeats].map(Number);
  const runs = [
    { system: "autoregressive", rule: "left-to-right", steps: length },
    { system: "mdlm", rule: "ancestral", steps: length },
    { system: "mdlm", rule: "ancestral", steps: Math.ceil(length / 4) },
    { system: "mdlm", rule: "confidence", steps: Math.ceil(length / 4) },
    { system: "mdlm", rule: "confidence", steps: Math.ceil(length / 16) },
  ];
  console.log(`${values.size}, ${length} tokens, vocabulary ${size}`);
  console.log(
    "system         rule            steps  passes/s  tokens/s  tokens/pass  outside  ms/step outside",
  );
  for (const { system, rule, steps } of runs) {
    const kind = systemOf(system);
    const config = transformerConfig(sizeOf(values.size), { vocabulary: size, ...kind });
    const denoisers = await openDenoisers({
      runtime: cpuRuntime(),
      kind,
      config,
      length,
      weights: initialize(transformerParameters(config), randomKey(1)),
      tokenizer: { size, maskId: size - 1, endId: size - 2 },
    });
    const denoiser = denoisers();
    const speed = await measureSpeed(
      {
        denoiser,
        canvas: openCanvas({ length, maskId: size - 1 }),
        rule: createRule(rule),
        steps,
        key: randomKey(1),
      },
      { repeats },
    );
    console.log(
      [
        system.padEnd(14),
        rule.padEnd(14),
        String(steps).padStart(6),
        speed.passesPerSecond.toFixed(1).padStart(9),
        speed.tokensPerSecond.toFixed(1).padStart(9),
        speed.tokensPerPass.toFixed(2).padStart(12),
        `${(100 * speed.outside).toFixed(1)} %`.padStart(8),
        ((1000 * speed.seconds * speed.outside) / (steps * repeats)).toFixed(2).padStart(16),
      ].join(" "),
    );
  }
}
