/**
 * Where a training step's time goes, by ONNX operator: `npm run bench -- profile [--size mini]`.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as ort from "onnxruntime-node";
import { initialize } from "../../dist/nn/parameter.js";
import { randomKey } from "../../dist/tensor/index.js";
import { toOnnx } from "../../dist/tensor/onnx/export.js";
import { batchInputs, initialState, stepPrograms, stepScalars } from "../../dist/train/step.js";
import { shapes, stepOptions, windowsOf } from "../train-step/shapes.mjs";

export async function main(words) {
  const { values } = parseArgs({
    args: words,
    options: { size: { type: "string", default: "mini" }, steps: { type: "string", default: "6" } },
  });
  const steps = Number(values.steps);
  const options = stepOptions(shapes[values.size]);
  const weights = initialize(options.lesson.parameters, randomKey(1));
  const inputs = {
    ...initialState(weights, options),
    ...batchInputs(options, windowsOf(options), randomKey(2)),
    ...stepScalars(options, 1, 1e-3),
  };
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { dtype, shape, data }]) => [
      name,
      new ort.Tensor(dtype, data instanceof Float64Array ? Float32Array.from(data) : data, shape),
    ]),
  );
  const folder = mkdtempSync(join(tmpdir(), "unmask-profile-"));
  const session = await ort.InferenceSession.create(toOnnx(stepPrograms(options).batch), {
    enableProfiling: true,
    profileFilePrefix: join(folder, "profile"),
    logSeverityLevel: 3,
  });
  for (let i = 0; i < steps; i++) await session.run(feeds);
  session.endProfiling();
  const [file] = readdirSync(folder);
  const events = JSON.parse(readFileSync(join(folder, file), "utf8"));
  rmSync(folder, { recursive: true });
  report(values.size, events, steps);
}

function report(size, events, steps) {
  const kernels = events.filter(({ cat, name }) => cat === "Node" && name.endsWith("_kernel_time"));
  // The first run allocates; the events are in order of time.
  const counted = kernels.slice(Math.floor(kernels.length / steps));
  const byOp = new Map();
  for (const { dur, args } of counted) {
    const entry = byOp.get(args.op_name) ?? { milliseconds: 0, nodes: 0 };
    entry.milliseconds += dur / 1000 / (steps - 1);
    entry.nodes += 1 / (steps - 1);
    byOp.set(args.op_name, entry);
  }
  const total = [...byOp.values()].reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  console.log(`${size}: ${total.toFixed(0)} ms in kernels per step`);
  console.log("operator                  ms   share  nodes");
  for (const [name, entry] of [...byOp].toSorted(
    ([, a], [, b]) => b.milliseconds - a.milliseconds,
  )) {
    const share = (100 * entry.milliseconds) / total;
    if (share < 0.5) continue;
    console.log(
      `${name.padEnd(20)} ${entry.milliseconds.toFixed(1).padStart(7)} ${share.toFixed(1).padStart(5)} % ${entry.nodes.toFixed(0).padStart(6)}`,
    );
  }
}
