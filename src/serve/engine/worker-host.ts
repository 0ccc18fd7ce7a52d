/**
 * A model in a thread of its own, in Node.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import type { Host } from "./host.ts";
import { hostBehind } from "./host-behind.ts";

/** What a worker is started with. */
export interface WorkerOrder {
  readonly name: string;
  readonly folder: string;
  readonly device: string;
  readonly threads?: number | undefined;
  /** Canvases that are computed together at most. */
  readonly batch: number;
}

/** Starts a worker; resolves when its model is ready, rejects with what the model's reader said. */
export function workerHost(order: WorkerOrder): Promise<Host> {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: order });
  return hostBehind({
    say: (message) => worker.postMessage(message),
    onMessage: (hear) => void worker.on("message", hear),
    onEnd(end) {
      worker.on("error", end);
      worker.on("exit", (code) => end(new Error(`the model's worker ended with status ${code}`)));
    },
    terminate: async () => void (await worker.terminate()),
  });
}
