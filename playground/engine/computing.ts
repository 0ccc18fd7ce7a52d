/**
 * How this page wants its workers to compute.
 *
 * @module
 */

/** Where and how a worker computes. */
export interface Computing {
  /** The address of the folder with ONNX Runtime's files, with a slash at its end. */
  readonly runtimeFiles: string;
  /** Undefined: the GPU where there is one, else WebAssembly. */
  readonly device: "wasm" | "webgpu" | undefined;
}

/** As the page's address says: `?device=wasm` keeps the GPU out. */
export function computingHere(): Computing {
  const asked = new URLSearchParams(window.location.search).get("device");
  return {
    runtimeFiles: new URL("runtime/", document.baseURI).href,
    device: asked === "wasm" || asked === "webgpu" ? asked : undefined,
  };
}
