/**
 * What the page under test offers to the suite, as `globalThis.tests`.
 *
 * @module
 */
export type WebRuntimeName = "wasm" | "webgpu";

export interface TrainingReport {
  /** Largest relative errors against the reference runtime: of losses and norms, of the store. */
  readonly figures: number;
  readonly magnitudes: number;
  /** GPU buffers made and not destroyed, after each step. */
  readonly buffers: readonly number[];
}

export interface PageTests {
  /** For every op case the largest relative error, its gradient included, or why it failed. */
  ops(runtime: WebRuntimeName): Promise<Record<string, number | string>>;
  training(runtime: WebRuntimeName, accumulate: number): Promise<TrainingReport>;
  /** The largest error of programs that were compiled and run all at once. */
  overlapping(runtime: WebRuntimeName): Promise<number>;
  /** What the webgpu runtime says where it can't be had: "code: message". */
  refusal(): Promise<string>;
}
