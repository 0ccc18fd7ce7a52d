/**
 * Updates written over the values they replace, against updates that are copied: the same bits.
 */
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { add, input, matmul, mul, program, randomKey, splitKey, sum } from "unmask/tensor";
import type { Runtime, Value } from "unmask/tensor";
import { transformerConfig } from "../src/model/sizes.ts";
import { initialize } from "../src/nn/parameter.ts";
import { systemOf } from "../src/system/index.ts";
import { inPlaceUpdates } from "../src/tensor/runtime/in-place.ts";
import { ortRuntime } from "../src/tensor/runtime/ort.ts";
import { tokenLesson } from "../src/objective/lesson.ts";
import { batchInputs, initialState, stepPrograms, stepScalars } from "../src/train/step.ts";

const [vocabulary, batch, length] = [13, 4, 16];
const options = {
  lesson: tokenLesson(
    transformerConfig(
      { layers: 2, heads: 2, width: 32 },
      { vocabulary, attention: { kind: "bidirectional" } },
    ),
    systemOf("mdlm").create({ size: vocabulary, maskId: 12, endId: 11 }).objective,
  ),
  batch,
  length,
  optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1 },
  clip: 1,
  ema: 0.9,
  dropout: 0.1,
  accumulate: 1,
} as const;

async function train(runtime: Runtime): Promise<Record<string, Value>> {
  const weights = initialize(options.lesson.parameters, randomKey(1));
  const store = await runtime.store(initialState(weights, options));
  const step = await runtime.compile(stepPrograms(options).batch, { store });
  const x0 = Int32Array.from({ length: batch * length }, (_, i) => (i * 5) % 11);
  for (let n = 1; n <= 4; n++) {
    const noise = batchInputs(options, { x0, batch, length }, splitKey(randomKey(2), n));
    await step.run({ ...noise, ...stepScalars(options, n, 1e-2) });
  }
  return store.read();
}

test("a training step in place equals one that copies", async () => {
  const session = {
    executionProviders: ["cpu"],
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  } as const;
  const copying = ortRuntime({ name: "copying", ort, updates: "copy", repeatable: true, session });
  const [got, want] = [await train(cpuRuntime({ threads: 1 })), await train(copying)];
  expect(Object.keys(got)).toEqual(Object.keys(want));
  for (const [name, { data }] of Object.entries(want)) expect(got[name]!.data, name).toEqual(data);
});

test("every weight, moment and average of a clipped step is safe in place", () => {
  const { batch: step } = stepPrograms(options);
  expect(inPlaceUpdates(step)).toEqual(new Set(Object.keys(step.updates)));
});

test("an update that others still read, or that is not element by element, is not", () => {
  const x = input("x", [3, 3]);
  const y = input("y", [3, 3]);
  const square = matmul(x, x);
  const late = program({
    name: "late",
    outputs: { s: sum(matmul(x, y)) },
    updates: { x: add(x, 1) },
  });
  expect(inPlaceUpdates(late)).toEqual(new Set());
  const whole = program({
    name: "whole",
    outputs: {},
    updates: { x: square, y: mul(y, sum(square)) },
  });
  expect(inPlaceUpdates(whole)).toEqual(new Set(["y"]));
});
