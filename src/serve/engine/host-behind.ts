/**
 * The host of a model behind a worker of any kind.
 *
 * @module
 */
import type { Task } from "../../generate/task.ts";
import type { Carrying, Host } from "./host.ts";
import { errorOf } from "./messages.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** A worker, seen from the thread that started it. */
export interface WorkerDoor {
  say(message: ToWorker): void;
  onMessage(hear: (message: FromWorker) => void): void;
  /** Told if the worker ends by itself, and why. */
  onEnd(end: (reason: Error) => void): void;
  terminate(): Promise<void>;
}

/** A task that the worker carries out. */
interface Errand {
  readonly tell: Carrying["tell"];
  end(error?: Error): void;
}

/** Resolves when the worker's model is ready, rejects with what the model's reader said. */
export function hostBehind({ say, onMessage, onEnd, terminate }: WorkerDoor): Promise<Host> {
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
      onEnd((reason) => {
        reject(reason);
        if (!closed) ended(reason);
        for (const errand of errands.values()) errand.end(reason);
        errands.clear();
      });
    });
    const host: Host = {
      run,
      crashed,
      async close() {
        closed = true;
        await terminate();
      },
    };
    onMessage((message) => {
      switch (message.kind) {
        case "ready":
          return resolve(host);
        case "refused":
          reject(errorOf(message.failure));
          return void terminate();
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
