/**
 * `--device` and `--threads` as a runtime. ONNX Runtime is loaded here, and only when needed.
 *
 * @module
 */
import type { Runtime } from "../../tensor/index.ts";

export interface DeviceValues {
  readonly device: string;
  readonly threads?: number | undefined;
}

export async function useDevice({ device, threads }: DeviceValues): Promise<Runtime> {
  const { nodeRuntime } = await import("../../tensor/runtime/ort-node.ts");
  return nodeRuntime(device, { threads });
}
