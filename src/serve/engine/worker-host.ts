/**
 * A model in a thread of its own.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import type { Task, TaskEvent } from "../../generate/task.ts";
import { eventQueue } from "./event-queue.ts";
import type { EventQueue } from "./event-queue.ts";
import type { Host } from "./host.ts";
import { errorOf } from "./messages.ts";
import type { FromWorker, ToWorker, WorkerOrder } from "./messages.ts";

/** Starts a worker; resolves when its model is ready, rejects with what the model's reader said. */
export function workerHost(order: WorkerOrder): Promise<Host> {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: order });
  const tell = (message: ToWorker): void => worker.postMessage(message);
  const queues = new Map<number, EventQueue>();
  let next = 0;
  let closed = false;

  async function* run(task: Task, signal: AbortSignal): AsyncGenerator<TaskEvent> {
    signal.throwIfAborted();
    const id = next++;
    const queue = eventQueue();
    queues.set(id, queue);
    const cancel = (): void => tell({ kind: "cancel", id });
    signal.addEventListener("abort", cancel);
    tell({ kind: "run", id, task });
    try {
      yield* queue;
    } catch (error) {
      // What the worker says of a task that was called off is of no interest.
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", cancel);
      // The reader may have left early.
      if (queues.has(id)) cancel();
    }
  }

  return new Promise((resolve, reject) => {
    const crashed = new Promise<Error>((ended) => {
      const end = (error: Error): void => {
        reject(error);
        if (!closed) ended(error);
        for (const queue of queues.values()) queue.end(error);
        queues.clear();
      };
      worker.on("error", end);
      worker.on("exit", (code) => end(new Error(`the model's worker ended with status ${code}`)));
    });
    const host: Host = {
      run,
      crashed,
      async close() {
        closed = true;
        await worker.terminate();
      },
    };
    worker.on("message", (message: FromWorker) => {
      switch (message.kind) {
        case "ready":
          return resolve(host);
        case "refused":
          reject(errorOf(message.failure));
          return void worker.terminate();
        case "event":
          return queues.get(message.id)?.push(message.event);
        case "end": {
          const { id, failure } = message;
          const queue = queues.get(id);
          queues.delete(id);
          return queue?.end(failure && errorOf(failure));
        }
      }
    });
  });
}
