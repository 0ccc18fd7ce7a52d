/**
 * A model at work somewhere.
 *
 * @module
 */
import type { Task, TaskEvent } from "../../generate/task.ts";

/** How a task is carried out. */
export interface Carrying {
  readonly signal: AbortSignal;
  /** Told of every event, as soon as it is there. */
  readonly tell: (event: TaskEvent) => void;
}

export interface Host {
  /** Carries a task out, as `write` of generate/write.ts does; many at a time. Resolves at its end. */
  run(task: Task, carrying: Carrying): Promise<void>;
  /** Resolves if it ends by itself, with the reason. */
  readonly crashed: Promise<Error>;
  /** Ends it; what runs is lost. */
  close(): Promise<void>;
}

/** Brings a model to work. */
export type OpenHost = () => Promise<Host>;
