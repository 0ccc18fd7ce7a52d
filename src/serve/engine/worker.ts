/**
 * The thread of one model in Node.
 *
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import { readModel } from "../../checkpoint/model-folder.ts";
import { openModel } from "../../generate/model.ts";
import { nodeRuntime } from "../../tensor/runtime/ort-node.ts";
import { work } from "./work.ts";
import type { WorkerOrder } from "./worker-host.ts";

const { name, folder, device, threads, batch } = workerData as WorkerOrder;

void work(
  async () =>
    openModel(await readModel(folder), {
      name,
      runtime: nodeRuntime(device, { threads }),
      maxBatch: batch,
    }),
  {
    tell: (message) => parentPort!.postMessage(message),
    listen: (hear) => void parentPort!.on("message", hear),
  },
);
