/**
 * The thread of one model in Node.
 *
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import { nodeRuntime } from "../../tensor/runtime/ort-node.ts";
import { readServableFolder } from "./servable-folder.ts";
import { work } from "./work.ts";
import type { WorkerOrder } from "./worker-host.ts";

const { name, folder, device, threads, batch } = workerData as WorkerOrder;

void work(
  async () => {
    const model = await readServableFolder(folder);
    return model.open({ name, runtime: nodeRuntime(device, { threads }), maxBatch: batch });
  },
  {
    tell: (message) => parentPort!.postMessage(message),
    listen: (hear) => void parentPort!.on("message", hear),
  },
);
