/**
 * `unmask/web`: what unmask adds in a browser: ONNX Runtime's WebAssembly and WebGPU builds.
 *
 * @module
 */
export { wasmRuntime, webgpuRuntime } from "./tensor/runtime/ort-web.ts";
export type { WasmRuntimeOptions, WebRuntimeOptions } from "./tensor/runtime/ort-web.ts";
