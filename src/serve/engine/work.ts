/**
 * The work of a model's thread: ONNX Runtime computes on the thread that calls it, so that a model needs one of
 * its own beside the one that answers the network, or draws the page.
 *
 * All tasks of the model are `sample()` loops of this thread. What they ask in one turn of its event loop
 * is computed in one pass; between passes it hears of new tasks and of those that nobody wants any more.
 *
 * @module
 */
import type { UsableModel } from "../../generate/model.ts";
import type { Task } from "../../generate/task.ts";
import { write } from "../../generate/write.ts";
import { failureOf } from "./messages.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** A worker's own end of the line. */
export interface Line {
  tell(message: FromWorker): void;
  /** From now on, and of what came before. */
  listen(hear: (message: ToWorker) => void): void;
}

/** Opens the model and carries out what it is told to; says `ready`, or why it is not. */
export async function work(open: () => Promise<UsableModel>, line: Line): Promise<void> {
  let model: UsableModel;
  try {
    model = await open();
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
    void carryOut(model, message, controller.signal, line).finally(() => running.delete(id));
  });
  line.tell({ kind: "ready" });
}

async function carryOut(
  model: UsableModel,
  { id, task }: { readonly id: number; readonly task: Task },
  signal: AbortSignal,
  { tell }: Line,
): Promise<void> {
  try {
    for await (const event of write(model, task, signal)) tell({ kind: "event", id, event });
    tell({ kind: "end", id });
  } catch (error) {
    tell({ kind: "end", id, failure: failureOf(error) });
  }
}
