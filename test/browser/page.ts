/**
 * The page under test: runs op cases and training steps, and measures them against the reference.
 *
 * @module
 */
import { referenceRuntime } from "unmask/tensor";
import mjs from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import wasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import type { Executable, OpName, Runtime, Value } from "unmask/tensor";
import { wasmRuntime, webgpuRuntime } from "unmask/web";
import { UnmaskError } from "../../src/errors.ts";
import { ops } from "../../src/tensor/ops/index.ts";
import { caseProgram, draw, opCases, relativeError } from "../support/op-cases.ts";
import type { OpCase } from "../support/op-cases.ts";
import { trainNano } from "../support/training-case.ts";
import type { PageTests, TrainingReport } from "./page-tests.ts";

const runtimes = {
  wasm: () => wasmRuntime({ threads: 2, wasmPaths: { mjs, wasm } }),
  webgpu: () => webgpuRuntime(),
};
const reference = referenceRuntime();
const liveBuffers = countBuffers();

const tests: PageTests = {
  async ops(name) {
    const runtime = await runtimes[name]();
    const errors: Record<string, number | string> = {};
    for (const op of Object.keys(opCases) as OpName[])
      for (const opCase of opCases[op])
        errors[`${op}: ${opCase.name}`] = await worstError(runtime, op, opCase).catch(String);
    return errors;
  },

  async training(name, accumulate): Promise<TrainingReport> {
    const buffers: number[] = [];
    const after = () => void buffers.push(liveBuffers());
    const want = await trainNano(reference, { steps: 4, accumulate });
    const got = await trainNano(await runtimes[name](), { steps: 4, accumulate, after });
    return {
      figures: relativeError(got.figures, want.figures),
      magnitudes: relativeError(got.magnitudes, want.magnitudes),
      buffers,
    };
  },

  async overlapping(name) {
    const runtime = await runtimes[name]();
    const pairs = opCases.matmul.map((opCase) => [opCase, draw(opCase)] as const);
    const together = await Promise.all(
      pairs.map(async ([opCase, inputs]) => {
        const executable = await runtime.compile(caseProgram(opCase, { gradients: false }));
        const again = Array.from({ length: 3 }, () => executable.run(inputs));
        return Promise.all(again);
      }),
    );
    let worst = 0;
    for (const [i, [opCase, inputs]] of pairs.entries()) {
      const executable = await reference.compile(caseProgram(opCase, { gradients: false }));
      const { y } = await executable.run(inputs);
      for (const got of together[i]!)
        worst = Math.max(worst, relativeError(got["y"]!.data, y!.data));
    }
    return worst;
  },

  async refusal() {
    try {
      await webgpuRuntime();
    } catch (error) {
      return UnmaskError.is(error) ? `${error.code}: ${error.message}` : String(error);
    }
    return "none";
  },
};
Object.assign(globalThis, { tests });

async function worstError(runtime: Runtime, op: OpName, opCase: OpCase): Promise<number> {
  const differentiable =
    typeof ops[op].gradient === "function" &&
    Object.values(opCase.inputs).some(({ dtype = "float32" }) => dtype === "float32");
  let worst = 0;
  for (const gradients of differentiable ? [false, true] : [false]) {
    const program = caseProgram(opCase, { gradients });
    const want = await once(await reference.compile(program), draw(opCase));
    const got = await once(await runtime.compile(program), draw(opCase));
    for (const [key, { shape, data }] of Object.entries(want)) {
      if (String(got[key]!.shape) !== String(shape)) throw new Error(`${key} has another shape`);
      worst = Math.max(worst, relativeError(got[key]!.data, data));
    }
  }
  return worst;
}

async function once(executable: Executable, inputs: Record<string, Value>) {
  const results = await executable.run(inputs);
  await executable.dispose();
  return results;
}

/** Counts the GPU buffers that are made from now on and not destroyed yet. */
function countBuffers(): () => number {
  const live = new Set<unknown>();
  spyOn(GPUDevice.prototype, "createBuffer", (_, buffer) => live.add(buffer));
  spyOn(GPUBuffer.prototype, "destroy", (buffer) => live.delete(buffer));
  return () => live.size;
}

/** Calls `after` with the receiver and the result of every call of a method. */
function spyOn<K extends string>(
  prototype: Record<K, (...given: never[]) => unknown>,
  method: K,
  after: (receiver: unknown, result: unknown) => void,
): void {
  prototype[method] = new Proxy(prototype[method], {
    apply(target, receiver, given) {
      const result: unknown = Reflect.apply(target, receiver, given);
      after(receiver, result);
      return result;
    },
  });
}
