/**
 * Every op against its oracle: gradients against finite differences in float64, and each runtime
 * that this machine has against the reference.
 */
import { describe, expect, test } from "vitest";
import {
  floats,
  input,
  integers,
  program,
  randomKey,
  randomStream,
  referenceRuntime,
  scatterAdd,
} from "unmask/tensor";
import type { OpName, Runtime, Value } from "unmask/tensor";
import { ops } from "../src/tensor/ops/index.ts";
import { caseProgram, draw, opCases, relativeError } from "./support/op-cases.ts";
import type { OpCase } from "./support/op-cases.ts";
import { nodeRuntimes } from "./support/node-runtimes.ts";

const reference = referenceRuntime();
const names = Object.keys(opCases) as OpName[];
const differentiable = (name: OpName, { inputs }: OpCase): boolean =>
  typeof ops[name].gradient === "function" &&
  Object.values(inputs).some(({ dtype = "float32" }) => dtype === "float32");

async function run(runtime: Runtime, opCase: OpCase, gradients: boolean) {
  const executable = await runtime.compile(caseProgram(opCase, { gradients }));
  const result = await executable.run(draw(opCase));
  await executable.dispose();
  return result;
}

describe("gradients against finite differences", () => {
  const cases = names.flatMap((name) =>
    opCases[name].filter((c) => differentiable(name, c)).map((c) => [name, c.name, c] as const),
  );
  test.each(cases)("%s: %s", async (_, __, opCase) => {
    const executable = await reference.compile(caseProgram(opCase, { gradients: true }));
    const inputs = draw(opCase);
    const results = await executable.run(inputs);
    const lossAt = async (key: string, index: number, step: number) => {
      const data = Float64Array.from(inputs[key]!.data);
      data[index]! += step;
      const moved: Value = { ...inputs[key]!, data };
      return (await executable.run({ ...inputs, [key]: moved }))["loss"]!.data[0]!;
    };
    for (const key of Object.keys(results).filter((output) => output.startsWith("d."))) {
      const numeric: number[] = [];
      for (let i = 0; i < results[key]!.data.length; i++) {
        const [up, down] = [
          await lossAt(key.slice(2), i, 1e-5),
          await lossAt(key.slice(2), i, -1e-5),
        ];
        numeric.push((up - down) / 2e-5);
      }
      expect(relativeError(results[key]!.data, numeric), key).toBeLessThan(1e-7);
    }
  });
});

const { runtimes, found } = await nodeRuntimes();

describe.each(runtimes)(`runtime %s against the reference (here: ${found})`, (_, runtime) => {
  const cases = names.flatMap((name) => opCases[name].map((c) => [name, c.name, c] as const));
  test.each(cases)("%s: %s", async (name, __, opCase) => {
    for (const gradients of differentiable(name, opCase) ? [false, true] : [false]) {
      const [want, got] = [
        await run(reference, opCase, gradients),
        await run(runtime, opCase, gradients),
      ];
      for (const key of Object.keys(want)) {
        expect(got[key]!.shape, key).toEqual(want[key]!.shape);
        expect(relativeError(got[key]!.data, want[key]!.data), key).toBeLessThanOrEqual(1e-4);
      }
    }
  });
});

test.each(runtimes)(
  "%s: many rows of one index are all added, and alike where it says so",
  async (_, runtime) => {
    // Threads that share a row must neither lose each other's sums nor change their order.
    const [rows, width, count] = [2, 64, 4096];
    const random = randomStream(randomKey(6));
    const updates = Float32Array.from({ length: count * width }, () => random.uniform());
    const indices = Int32Array.from({ length: count }, () => random.integer(rows));
    const x = input("x", [count, width]);
    const sums = scatterAdd(x, input("indices", [count], "int32"), rows);
    const add = program({ name: "rows", outputs: { sums } });
    const inputs = { x: floats([count, width], updates), indices: integers([count], indices) };
    const want = (await (await reference.compile(add)).run(inputs))["sums"]!.data;
    const executable = await runtime.compile(add);
    const first = (await executable.run(inputs))["sums"]!.data;
    for (let i = 0; i < 20; i++) {
      const again = (await executable.run(inputs))["sums"]!.data;
      expect(relativeError(again, want)).toBeLessThan(1e-5);
      if (runtime.repeatable) expect(again).toEqual(first);
    }
    await executable.dispose();
  },
);
