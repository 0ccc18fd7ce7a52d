/**
 * A model at work somewhere: in this thread, or in one of its own.
 *
 * @module
 */
import type { UsableModel } from "../../generate/model.ts";
import type { Task, TaskEvent } from "../../generate/task.ts";
import { write } from "../../generate/write.ts";

export interface Host {
  /** As `write` of generate/write.ts; many at a time. */
  run(task: Task, signal: AbortSignal): AsyncIterable<TaskEvent>;
  /** Resolves if it ends by itself, with the reason. */
  readonly crashed: Promise<Error>;
  /** Ends it; what runs is lost. */
  close(): Promise<void>;
}

/** Brings a model to work. */
export type OpenHost = () => Promise<Host>;

/** A model in this very thread. */
export const localHost = (model: UsableModel): Host => ({
  run: (task, signal) => write(model, task, signal),
  crashed: new Promise(() => {}),
  close: () => Promise.resolve(),
});
