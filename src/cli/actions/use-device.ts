/**
 * `--device` and `--threads` as a runtime. ONNX Runtime is loaded here, and only when needed.
 *
 * @module
 */
import { lookUp } from "../../errors.ts";
import type { Runtime } from "../../tensor/index.ts";

export interface DeviceValues {
  readonly device: string;
  readonly threads?: number | undefined;
}

export async function useDevice({ device, threads }: DeviceValues): Promise<Runtime> {
  const { cpuRuntime, cudaRuntime, webgpuRuntime } =
    await import("../../tensor/runtime/ort-node.ts");
  const devices: Readonly<Record<string, () => Runtime>> = {
    cpu: () => cpuRuntime(threads === undefined ? {} : { threads }),
    webgpu: webgpuRuntime,
    cuda: cudaRuntime,
  };
  return lookUp("device", device, devices)();
}
