/**
 * Carries an order out: all its texts at the same time, and their events as they come.
 *
 * @module
 */
import type { TaskEvent } from "../../generate/task.ts";
import type { Engine } from "../engine/engine.ts";
import type { Order, Text } from "./order.ts";

/** Something that happened to one of the texts. */
export interface Told {
  readonly text: Text;
  readonly event: TaskEvent;
}

const notNeeded = new DOMException("the other texts are not needed any more", "AbortError");

/**
 * The events of all texts of an order. Whatever ends this, an error of one text, the reader or the signal,
 * stops all of them.
 */
export async function* write(
  engine: Pick<Engine, "run">,
  { model, texts }: Pick<Order, "model" | "texts">,
  signal: AbortSignal,
): AsyncGenerator<Told> {
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    yield* merged(texts.map((text) => tell(engine, model.id, text, controller.signal)));
  } finally {
    signal.removeEventListener("abort", stop);
    controller.abort(notNeeded);
  }
}

async function* tell(
  engine: Pick<Engine, "run">,
  model: string,
  text: Text,
  signal: AbortSignal,
): AsyncGenerator<Told> {
  for await (const event of engine.run(model, text.task, signal)) yield { text, event };
}

/**
 * Several sources as one, each value when it is there. A source is asked for its next value once its last
 * one has been taken: a slow reader slows all of them down.
 */
async function* merged<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  type Answer = { from: AsyncGenerator<T>; result: IteratorResult<T> } | { error: unknown };
  const answers: Answer[] = [];
  let wake = (): void => {};
  const answer = (each: Answer): void => {
    answers.push(each);
    wake();
  };
  const ask = (from: AsyncGenerator<T>): void =>
    void from.next().then(
      (result) => answer({ from, result }),
      (error: unknown) => answer({ error }),
    );
  for (const source of sources) ask(source);
  let open = sources.length;
  try {
    while (open > 0) {
      if (answers.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const next = answers.shift()!;
      if ("error" in next) throw next.error;
      if (next.result.done === true) open--;
      else {
        yield next.result.value;
        ask(next.from);
      }
    }
  } finally {
    // Not waited for: whoever is in the middle of a step ends when the step does.
    for (const source of sources) source.return(undefined).catch(() => {});
  }
}
