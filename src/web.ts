/**
 * `unmask/web`: what unmask adds in a browser: ONNX Runtime's WebAssembly and WebGPU builds, and models at addresses.
 *
 * @module
 */
export { wasmRuntime, webgpuRuntime } from "./tensor/runtime/ort-web.ts";
export type { WasmRuntimeOptions, WebRuntimeOptions } from "./tensor/runtime/ort-web.ts";

// Model folders at an address; `readOwnModel` of `unmask` reads files that are at hand.
export { fetchModel } from "./checkpoint/fetch-model.ts";
