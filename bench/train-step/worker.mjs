/** Our side of the train-step benchmark: reads numbers of steps, answers with their times. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { initialize } from "../../dist/nn/parameter.js";
import { randomKey, splitKey } from "../../dist/tensor/index.js";
import { cpuRuntime } from "../../dist/tensor/runtime/ort-node.js";
import { batchInputs, initialState, stepPrograms, stepScalars } from "../../dist/train/step.js";
import { stepOptions, windowsOf } from "./shapes.mjs";

const options = stepOptions(JSON.parse(process.argv[2]));
const runtime = cpuRuntime();
const weights = initialize(options.lesson.parameters, randomKey(1));
const store = await runtime.store(initialState(weights, options));
const executable = await runtime.compile(stepPrograms(options).batch, { store });
const windows = windowsOf(options);

let n = 0;
async function step() {
  n += 1;
  const started = performance.now();
  // Drawing the noise is part of a step.
  const noise = batchInputs(options, windows, splitKey(randomKey(2), n));
  await executable.run({ ...noise, ...stepScalars(options, n, 1e-3) });
  return performance.now() - started;
}
for (let i = 0; i < 3; i++) await step();
console.log(JSON.stringify("ready"));

/** Peak resident memory in MB. */
function peak() {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}
for await (const line of createInterface({ input: process.stdin })) {
  const times = [];
  for (let i = 0; i < Number(line); i++) times.push(await step());
  console.log(JSON.stringify({ times, peak: peak() }));
}
process.exit(0);
