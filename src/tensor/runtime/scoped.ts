/**
 * A runtime whose programs are given back together: for models that are needed only for a moment.
 *
 * @module
 */
import type { Executable, Runtime } from "./runtime.ts";

export interface ScopedRuntime extends Runtime {
  /** Disposes of everything that was compiled with it. */
  dispose(): Promise<void>;
}

/** The same runtime, watched. */
export function scopedRuntime(runtime: Runtime): ScopedRuntime {
  const made: Executable[] = [];
  return {
    ...runtime,
    async compile(program, options) {
      const executable = await runtime.compile(program, options);
      made.push(executable);
      return executable;
    },
    async dispose() {
      for (const executable of made.splice(0)) await executable.dispose();
    },
  };
}
