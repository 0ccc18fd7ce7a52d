/**
 * The engine: many tasks at a time for several models that share the machine.
 *
 * @module
 */
import type { Task, TaskEvent } from "../../generate/task.ts";
import { engineError, isEngineError } from "./engine.ts";
import type { Engine, EngineTotals } from "./engine.ts";
import { eventQueue } from "./event-queue.ts";
import type { Carrying, Host } from "./host.ts";
import { createPlaces } from "./places.ts";
import { crashed, createStaff } from "./staff.ts";
import type { Member, Source } from "./staff.ts";

export interface CreateEngineOptions {
  readonly sources: readonly Source[];
  /** Tasks of one model at a time. */
  readonly batch: number;
  /** Tasks of one model that may wait. */
  readonly queue: number;
  /** How long a task may take, waiting included. */
  readonly seconds: number;
  /** Bytes that the weights of all models at work may take together. */
  readonly memory: number;
}

/** How long tasks that were called off may take to notice. */
const graceSeconds = 2;

/** An engine that can bring its models to work before they are asked. */
export interface WarmEngine extends Engine {
  /** As many as fit; fails with the first that doesn't start. */
  warm(): Promise<void>;
}

/**
 * An engine whose models are brought to work when they are first asked for something.
 *
 * @throws UnmaskError "usage" for a model that doesn't fit into the memory
 */
export function createEngine(options: CreateEngineOptions): WarmEngine {
  const { sources, batch, queue, seconds, memory } = options;
  const placesOf = new Map(
    sources.map((source) => [source, createPlaces({ places: batch, queue })] as const),
  );
  const busy = (source: Source): boolean => {
    const { active, waiting } = placesOf.get(source)!;
    return active + waiting > 0;
  };
  const staff = createStaff({ sources, memory, busy });
  const totals = {
    tasks: 0,
    finished: 0,
    failed: 0,
    cancelled: 0,
    refused: 0,
    promptTokens: 0,
    tokens: 0,
    passes: 0,
  };
  /** Ends the waiting of those that have no place yet, and then what runs. */
  const [refuse, stop] = [new AbortController(), new AbortController()];
  const running = new Set<Promise<void>>();

  const count = (event: TaskEvent): void => {
    if (event.kind !== "done") return;
    totals.promptTokens += event.result.promptTokens;
    totals.tokens += event.result.tokens;
    totals.passes += event.result.passes;
  };

  /** Events wait for their reader; the place is free as soon as the model is done with the task. */
  async function* carryOut(
    { source, host }: Member,
    task: Task,
    signal: AbortSignal,
  ): AsyncGenerator<TaskEvent, void, undefined> {
    const leave = await placesOf.get(source)!.take(AbortSignal.any([signal, refuse.signal]));
    const gone = new AbortController();
    const events = eventQueue();
    const work = async (): Promise<void> => {
      const open = await orAbort(host(), signal);
      await watched(open, task, {
        id: source.id,
        signal: AbortSignal.any([signal, gone.signal]),
        tell(event) {
          count(event);
          events.push(event);
        },
      });
    };
    const done = work()
      .then(() => events.end(), events.end)
      .finally(() => {
        leave();
        staff.settle();
      });
    try {
      yield* events;
    } finally {
      gone.abort();
      await done;
    }
  }

  return {
    warm: () => staff.warm(),
    models: () =>
      staff.members.map(({ source, state }) => {
        const { open: _, bytes: __, ...facts } = source;
        const { active, waiting } = placesOf.get(source)!;
        return { ...facts, state, active, waiting };
      }),
    totals: (): EngineTotals => ({ ...totals, restarts: staff.restarts }),

    async *run(model, task, signal) {
      totals.tasks += 1;
      let finish = (): void => {};
      const run = new Promise<void>((resolve) => (finish = resolve));
      running.add(run);
      const timeout = AbortSignal.timeout(seconds * 1000);
      let finished = false;
      try {
        const member = staff.members.find(({ source }) => source.id === model);
        if (!member) throw unknownModel(model, sources);
        yield* carryOut(member, task, AbortSignal.any([signal, timeout, stop.signal]));
        finished = true;
        totals.finished += 1;
      } catch (error) {
        finished = true;
        if (signal.aborted) {
          totals.cancelled += 1;
          throw signal.reason;
        }
        const cause = error === timeout.reason ? tooLong(seconds) : error;
        totals[isEngineError(cause) ? "refused" : "failed"] += 1;
        throw cause;
      } finally {
        // The reader left.
        if (!finished) totals.cancelled += 1;
        running.delete(run);
        finish();
      }
    },

    async close(limit) {
      const closing = (what: string): Error =>
        engineError("closing", `the server is shutting down; ${what}`);
      refuse.abort(closing("it takes no more requests"));
      const all = Promise.all(running);
      await Promise.race([all, wait(limit)]);
      stop.abort(closing("the text was not finished in time"));
      await Promise.race([all, wait(graceSeconds)]);
      await staff.close();
    },
  };
}

/** Has a host carry a task out; if it ends by itself, the task fails with that reason. */
async function watched(
  host: Host,
  task: Task,
  { id, ...carrying }: Carrying & { readonly id: string },
): Promise<void> {
  let reason: Error | undefined;
  void host.crashed.then((error) => (reason = error));
  try {
    await host.run(task, carrying);
  } catch (error) {
    // A crash tells the tasks and the watchers in the same turn.
    await Promise.resolve();
    throw reason && !carrying.signal.aborted ? crashed(id, reason) : error;
  }
}

/** A promise's value, or the signal's reason if that comes first. */
function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Resolves after so many seconds, which keep no process alive; browsers have none to keep. */
const wait = (seconds: number): Promise<void> =>
  new Promise((resolve) => {
    const timer: { unref?(): unknown } = setTimeout(resolve, seconds * 1000);
    timer.unref?.();
  });

const tooLong = (seconds: number): Error =>
  engineError("timeout", `the request took longer than ${seconds} s, as long as it may`);

const unknownModel = (model: string, sources: readonly Source[]): Error =>
  engineError(
    "unknown-model",
    `no model "${model}"; one of: ${sources.map(({ id }) => id).join(", ")}`,
  );
