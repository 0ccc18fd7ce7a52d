/**
 * Events on their way from a model to whoever reads them, at his own pace.
 *
 * @module
 */
import type { TaskEvent } from "../../generate/task.ts";

export interface EventQueue extends AsyncIterable<TaskEvent> {
  push(event: TaskEvent): void;
  /** No more events; with an error, the reader gets it after those that wait. */
  readonly end: (error?: Error) => void;
}

/**
 * A queue for one reader. A slow one costs no more memory than his text: frames are whole, so of those
 * that wait behind each other only the newest is kept.
 */
export function eventQueue(): EventQueue {
  const waiting: TaskEvent[] = [];
  let over = false;
  let failure: Error | undefined;
  let wake = (): void => {};
  return {
    push(event) {
      if (event.kind === "frame" && waiting.at(-1)?.kind === "frame") waiting.pop();
      waiting.push(event);
      wake();
    },
    end(error) {
      over = true;
      failure = error;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const event = waiting.shift();
        if (event) yield event;
        else if (failure) throw failure;
        else if (over) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
