/**
 * The work of a model's thread: ONNX Runtime computes on the thread that calls it, so that a model needs one of
 * its own beside the one that answers the network, or draws the page.
 *
 * All tasks of the model are `sample()` loops of this thread. What they ask in one turn of its event loop
 * is computed in one pass; between passes it hears of new tasks and of those that nobody wants any more.
 *
 * @module
 */
import type { Task } from "../../generate/task.ts";
import { failureOf } from "./messages.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import type { Write } from "./servable.ts";

/** A worker's own end of the line. */
export interface Line {
  tell(message: FromWorker): void;
  /** From now on, and of what came before. */
  listen(hear: (message: ToWorker) => void): void;
}

/** Opens the model and carries out what it is told to; says `ready`, or why it is not. */
export async function work(open: () => Promise<Write>, line: Line): Promise<void> {
  let write: Write;
  try {
    write = await open();
  } catch (error) {
    return line.tell({ kind: "refused", failure: failureOf(error) });
  }
  const running = new Map<number, AbortController>();
  line.listen((message) => {
    const { id } = message;
    if (message.kind === "cancel") {
      running.get(id)?.abort();
      return;
    }
    const controller = new AbortController();
    running.set(id, controller);
    void carryOut(write, message, controller.signal, line).finally(() => running.delete(id));
  });
  line.tell({ kind: "ready" });
}

async function carryOut(
  write: Write,
  { id, task }: { readonly id: number; readonly task: Task },
  signal: AbortSignal,
  { tell }: Line,
): Promise<void> {
  try {
    for await (const event of write(task, signal)) tell({ kind: "event", id, event });
    tell({ kind: "end", id });
  } catch (error) {
    tell({ kind: "end", id, failure: failureOf(error) });
  }
}
