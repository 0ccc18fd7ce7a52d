/**
 * The thread of one model: ONNX Runtime computes on the thread that calls it, so that a model needs one of
 * its own beside the one that answers the network.
 *
 * All tasks of the model are `sample()` loops of this thread. What they ask in one turn of its event loop
 * is computed in one pass; between passes it hears of new tasks and of those that nobody wants any more.
 *
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import { readModel } from "../../checkpoint/model-folder.ts";
import { openModel } from "../../generate/model.ts";
import type { UsableModel } from "../../generate/model.ts";
import { write } from "../../generate/write.ts";
import type { Task } from "../../generate/task.ts";
import { nodeRuntime } from "../../tensor/runtime/ort-node.ts";
import { failureOf } from "./messages.ts";
import type { FromWorker, ToWorker, WorkerOrder } from "./messages.ts";

const tell = (message: FromWorker): void => parentPort!.postMessage(message);

async function open(): Promise<UsableModel> {
  const { name, folder, device, threads, batch } = workerData as WorkerOrder;
  return openModel(await readModel(folder), {
    name,
    runtime: nodeRuntime(device, { threads }),
    maxBatch: batch,
  });
}

async function carryOut(
  model: UsableModel,
  id: number,
  { task, signal }: { task: Task; signal: AbortSignal },
): Promise<void> {
  try {
    for await (const event of write(model, task, signal)) tell({ kind: "event", id, event });
    tell({ kind: "end", id });
  } catch (error) {
    tell({ kind: "end", id, failure: failureOf(error) });
  }
}

function serve(model: UsableModel): void {
  const running = new Map<number, AbortController>();
  parentPort!.on("message", (message: ToWorker) => {
    const { id } = message;
    if (message.kind === "cancel") {
      running.get(id)?.abort();
      return;
    }
    const controller = new AbortController();
    running.set(id, controller);
    const { task } = message;
    void carryOut(model, id, { task, signal: controller.signal }).finally(() => running.delete(id));
  });
  tell({ kind: "ready" });
}

open().then(serve, (error: unknown) => tell({ kind: "refused", failure: failureOf(error) }));
