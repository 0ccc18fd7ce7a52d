/**
 * A model in a thread of its own.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import type { Task } from "../../generate/task.ts";
import type { Carrying, Host } from "./host.ts";
import { errorOf } from "./messages.ts";
import type { FromWorker, ToWorker, WorkerOrder } from "./messages.ts";

/** A task that the worker carries out. */
interface Errand {
  readonly tell: Carrying["tell"];
  end(error?: Error): void;
}

/** Starts a worker; resolves when its model is ready, rejects with what the model's reader said. */
export function workerHost(order: WorkerOrder): Promise<Host> {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: order });
  const say = (message: ToWorker): void => worker.postMessage(message);
  const errands = new Map<number, Errand>();
  let next = 0;
  let closed = false;

  const run = async (task: Task, { signal, tell }: Carrying): Promise<void> => {
    signal.throwIfAborted();
    const id = next++;
    const cancel = (): void => say({ kind: "cancel", id });
    signal.addEventListener("abort", cancel);
    try {
      await new Promise<void>((resolve, reject) => {
        const end = (error?: Error): void => (error ? reject(error) : resolve());
        errands.set(id, { tell, end });
        say({ kind: "run", id, task });
      });
    } catch (error) {
      // What the worker says of a task that was called off is of no interest.
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  };

  return new Promise((resolve, reject) => {
    const crashed = new Promise<Error>((ended) => {
      const end = (error: Error): void => {
        reject(error);
        if (!closed) ended(error);
        for (const errand of errands.values()) errand.end(error);
        errands.clear();
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
          return errands.get(message.id)?.tell(message.event);
        case "end": {
          const { id, failure } = message;
          const errand = errands.get(id);
          errands.delete(id);
          return errand?.end(failure && errorOf(failure));
        }
      }
    });
  });
}
