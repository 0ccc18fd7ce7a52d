/**
 * ONNX Runtime in Node: the CPU, and the GPU through WebGPU, with the same graphs.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import { lookUp, UnmaskError } from "../../errors.ts";
import { ortRuntime } from "./ort.ts";
import type { OrtModule } from "./ort.ts";
import type { Runtime } from "./runtime.ts";

export interface NodeRuntimeOptions {
  /** Threads of one op; by default one for each core. */
  readonly threads?: number | undefined;
}

/** ONNX Runtime's CPU kernels. */
export function cpuRuntime({ threads }: NodeRuntimeOptions = {}): Runtime {
  return ortRuntime({
    name: "cpu",
    ort,
    updates: "shared",
    repeatable: true,
    readsFiles: true,
    session: {
      executionProviders: ["cpu"],
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    },
  });
}

/**
 * ONNX Runtime's WebGPU provider (Dawn). Needs a GPU driver, or a software Vulkan adapter. Updates of
 * a store stay in GPU buffers between runs.
 *
 * Where there is no adapter, the first program fails to compile with an UnmaskError `unavailable`.
 */
export function webgpuRuntime(): Runtime {
  if (!ort.listSupportedBackends().some(({ name }) => name === "webgpu"))
    throw new UnmaskError(
      "unavailable",
      "runtime webgpu: this build of onnxruntime-node has no WebGPU; use the cpu runtime",
    );
  return ortRuntime({
    name: "webgpu",
    ort: {
      Tensor: ort.Tensor,
      InferenceSession: {
        create: creator(
          /WebGPU adapter/,
          "runtime webgpu: needs a GPU with a driver for Vulkan, Metal or Direct3D 12, found none; " +
            "use the cpu runtime, or name a software driver in VK_DRIVER_FILES and start again",
        ),
      },
    },
    updates: "device",
    repeatable: false,
    readsFiles: true,
    session: {
      executionProviders: ["webgpu", "cpu"],
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
    },
  });
}

/** Makes sessions, and puts the failure of a missing device into words that help. */
const creator =
  (sign: RegExp, message: string): OrtModule["InferenceSession"]["create"] =>
  async (model, options) => {
    try {
      return await ort.InferenceSession.create(model, options);
    } catch (cause) {
      if (!(cause instanceof Error) || !sign.test(cause.message)) throw cause;
      throw new UnmaskError("unavailable", message, { cause });
    }
  };

/**
 * ONNX Runtime's CUDA provider. Its libraries are not part of the npm package: see docs/cuda.md.
 */
export function cudaRuntime(): Runtime {
  return ortRuntime({
    name: "cuda",
    ort: {
      Tensor: ort.Tensor,
      InferenceSession: {
        create: creator(
          /cuda/i,
          "runtime cuda: needs ONNX Runtime's CUDA libraries, which npm did not install; " +
            "see docs/cuda.md, or use the cpu runtime",
        ),
      },
    },
    updates: "shared",
    repeatable: false,
    readsFiles: true,
    session: {
      executionProviders: ["cuda"],
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
    },
  });
}

/** A runtime by the name that people choose it by: `cpu`, `webgpu` or `cuda`. */
export function nodeRuntime(device: string, options: NodeRuntimeOptions = {}): Runtime {
  const devices: Readonly<Record<string, () => Runtime>> = {
    cpu: () => cpuRuntime(options),
    webgpu: webgpuRuntime,
    cuda: cudaRuntime,
  };
  return lookUp("device", device, devices)();
}
