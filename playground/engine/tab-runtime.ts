/**
 * What computes in a worker of the tab.
 *
 * @module
 */
import { UnmaskError } from "../../src/errors.ts";
import { wasmRuntime, webgpuRuntime } from "../../src/tensor/runtime/ort-web.ts";
import type { Runtime } from "../../src/tensor/index.ts";
import type { Computing } from "./computing.ts";

/**
 * The runtime that the page wants.
 *
 * @throws UnmaskError "unavailable" for a GPU that was asked for and is not there
 */
export async function tabRuntime({ runtimeFiles, device }: Computing): Promise<Runtime> {
  const files = { wasmPaths: runtimeFiles };
  if (device === "wasm") return wasmRuntime(files);
  try {
    return await webgpuRuntime(files);
  } catch (error) {
    if (device === "webgpu" || !UnmaskError.is(error) || error.code !== "unavailable") throw error;
    return wasmRuntime(files);
  }
}
