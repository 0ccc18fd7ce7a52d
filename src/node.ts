/**
 * What unmask adds in Node: files, and ONNX Runtime's native builds.
 *
 * @module
 */
export { cpuRuntime, webgpuRuntime } from "./tensor/runtime/ort-node.ts";
export type { NodeRuntimeOptions } from "./tensor/runtime/ort-node.ts";
