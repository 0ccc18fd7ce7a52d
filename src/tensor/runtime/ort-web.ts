/**
 * ONNX Runtime in a browser: WebAssembly anywhere, and the GPU through WebGPU.
 *
 * Each build is loaded when its runtime is first asked for. Pages that want WebAssembly's threads
 * must be cross-origin isolated: served with `Cross-Origin-Opener-Policy: same-origin` and
 * `Cross-Origin-Embedder-Policy: require-corp`. The threads are workers that load ONNX Runtime's
 * script again. A bundler may have merged that script with the page's own, which no worker can run:
 * give the addresses of the originals in `wasmPaths`.
 *
 * @example
 * ```ts
 * // With Vite:
 * import mjs from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
 * import wasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
 *
 * const runtime = await wasmRuntime({ wasmPaths: { mjs, wasm } });
 * ```
 *
 * @module
 */
import type * as OnnxRuntime from "onnxruntime-web";
import { UnmaskError } from "../../errors.ts";
import { ortRuntime } from "./ort.ts";
import type { OrtModule } from "./ort.ts";
import type { Runtime } from "./runtime.ts";

export interface WebRuntimeOptions {
  /**
   * Where ONNX Runtime's `.mjs` and `.wasm` files are served: a folder's address with a slash at
   * its end, or the files' own. By default they lie where the bundler put them. A page's first
   * runtime of a kind decides.
   */
  readonly wasmPaths?: string | { readonly mjs?: string; readonly wasm?: string };
}

export interface WasmRuntimeOptions extends WebRuntimeOptions {
  /**
   * Threads of one op; by default one for each core, at most 8. Always 1 where the page is not
   * cross-origin isolated. A page's first wasm runtime decides.
   */
  readonly threads?: number;
}

/**
 * ONNX Runtime's WebAssembly kernels. They compute on the calling thread: pages that stay
 * responsive call this in a worker.
 */
export async function wasmRuntime(options: WasmRuntimeOptions = {}): Promise<Runtime> {
  const build = await load("wasm", () => import("onnxruntime-web/wasm"));
  const cores = Math.min(navigator.hardwareConcurrency, 8);
  const threads = globalThis.crossOriginIsolated ? (options.threads ?? cores) : 1;
  return ortRuntime({
    name: "wasm",
    ort: prepare(build, options, threads),
    updates: "copy",
    repeatable: true,
    session: { executionProviders: ["wasm"], graphOptimizationLevel: "all", logSeverityLevel: 3 },
  });
}

/**
 * ONNX Runtime's WebGPU provider; what it has no kernel for runs in WebAssembly.
 *
 * @throws UnmaskError `unavailable` where the browser offers no adapter.
 */
export async function webgpuRuntime(options: WebRuntimeOptions = {}): Promise<Runtime> {
  await requireAdapter();
  const build = await load("webgpu", () => import("onnxruntime-web/webgpu"));
  // A device of our own, which is what replaces it, would need its features and limits asked for.
  // oxlint-disable-next-line typescript/no-deprecated
  build.env.webgpu.powerPreference = "high-performance";
  return ortRuntime({
    name: "webgpu",
    ort: prepare(build, options, 1),
    updates: "device",
    repeatable: false,
    session: { executionProviders: ["webgpu"], graphOptimizationLevel: "all", logSeverityLevel: 3 },
  });
}

async function requireAdapter(): Promise<void> {
  const unavailable = (why: string) =>
    new UnmaskError(
      "unavailable",
      `runtime webgpu: needs a browser with WebGPU, ${why}; use wasmRuntime() instead`,
    );
  // Types promise `gpu`; browsers without WebGPU and pages without HTTPS have none.
  const { gpu }: { gpu?: GPU } = navigator;
  if (!gpu)
    throw unavailable(
      globalThis.isSecureContext
        ? "got one without navigator.gpu"
        : "and a page served over https or from localhost",
    );
  if (!(await gpu.requestAdapter())) throw unavailable("got one that offers no GPU adapter");
}

async function load<T>(name: string, build: () => Promise<T>): Promise<T> {
  try {
    return await build();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnmaskError(
      "unavailable",
      `runtime ${name}: onnxruntime-web does not load: ${reason}`,
      { cause },
    );
  }
}

/** Without a limit, threads that don't start would be waited for forever. */
const startLimit = 120_000;

function prepare(
  build: typeof OnnxRuntime,
  { wasmPaths }: WebRuntimeOptions,
  threads: number,
): OrtModule {
  build.env.logLevel = "error";
  build.env.wasm.numThreads = threads;
  if (threads > 1) build.env.wasm.initTimeout = startLimit;
  if (wasmPaths !== undefined) build.env.wasm.wasmPaths = wasmPaths;
  const known = inTurn.get(build);
  if (known) return known;
  const made = oneAtATime(build);
  inTurn.set(build, made);
  return made;
}

/** Builds are one to a page, with one stack each, however many runtimes use them. */
const inTurn = new WeakMap<object, OrtModule>();

/**
 * Creates and runs sessions one after the other: ONNX Runtime keeps a call's arguments on the stack
 * of its WebAssembly module while it waits, so that calls at the same time would overwrite them.
 */
function oneAtATime({ InferenceSession, Tensor }: OrtModule): OrtModule {
  let last: Promise<unknown> = Promise.resolve();
  const queue = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    Tensor,
    InferenceSession: {
      async create(model, options) {
        const session = await queue(() => InferenceSession.create(model, options)).catch(explain);
        return {
          run: (feeds, fetches) => queue(() => session.run(feeds, fetches)),
          release: () => queue(() => session.release()),
        };
      },
    },
  };
}

function explain(cause: unknown): never {
  if (!(cause instanceof Error) || !cause.message.includes("due to timeout")) throw cause;
  throw new UnmaskError(
    "unavailable",
    `runtime wasm: onnxruntime-web must start within ${startLimit / 1000} s, and did not; ` +
      "its threads' script may not load: give both files in wasmPaths, or ask for threads: 1",
    { cause },
  );
}
