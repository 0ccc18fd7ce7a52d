/**
 * Models in the tab, each in a worker of its own. Many may be known; those at work are as many as fit.
 *
 * @module
 */
import type { Task, Written } from "../../src/generate/task.ts";
import { createEngine } from "../../src/serve/engine/create-engine.ts";
import type { ModelFacts } from "../../src/serve/engine/servable.ts";
import type { Host } from "../../src/serve/engine/host.ts";
import { hostBehind } from "../../src/serve/engine/host-behind.ts";
import type { FromWorker } from "../../src/serve/engine/messages.ts";
import { textLogprobs } from "../../src/serve/http/logprobs.ts";
import { computingHere } from "./computing.ts";
import type { Ended, Engine, Request, Step } from "./engine.ts";
import type { ModelOrder, ModelPlace } from "./model-worker.ts";
import { onWorkerError } from "./worker-error.ts";

/** A model that the tab can bring to work. */
export interface TabModel extends ModelFacts {
  readonly from: ModelPlace;
}

/** Bytes that the weights of all models at work take together, if there are several. */
const memory = 2 ** 30;

export interface TabEngine extends Engine {
  /** Ends its workers. */
  close(): void;
}

/** An engine of this tab for some models. */
export function tabEngine(models: readonly TabModel[]): TabEngine {
  const engine = createEngine({
    sources: models.map(({ from, ...facts }) => ({
      ...facts,
      open: () => openHost(facts.id, from),
    })),
    batch: 8,
    queue: 64,
    seconds: 24 * 60 * 60,
    memory: Math.max(memory, ...models.map(({ bytes }) => bytes)),
  });
  return {
    models: () => Promise.resolve(engine.models()),
    close: () => void engine.close(0),
    async *write(request: Request, signal: AbortSignal): AsyncGenerator<Step, Ended> {
      const { model, alternatives, ...asked } = request;
      const task: Task = { ...asked, alternatives, stop: [], frames: true, echo: false };
      let ended: Ended | undefined;
      for await (const event of engine.run(model, task, signal)) {
        if (event.kind === "frame") yield event.frame;
        if (event.kind === "done") ended = endedOf(request, event.result);
      }
      return ended!;
    },
  };
}

/** What a text took, as the server tells it too. */
function endedOf({ seed }: Request, { steps, passes, written = [] }: Written): Ended {
  const likeliest = textLogprobs()(written).top_logprobs.map((row) => row ?? {});
  return { seed, steps, passes, likeliest };
}

function openHost(name: string, from: ModelPlace): Promise<Host> {
  const worker = new Worker(new URL("./model-worker.ts", import.meta.url), {
    type: "module",
    name,
  });
  const order: ModelOrder = { name, from, ...computingHere() };
  worker.postMessage(order);
  let end: ((reason: Error) => void) | undefined;
  return hostBehind({
    say: (message) => worker.postMessage(message),
    onMessage: (hear) =>
      worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => hear(data)),
    onEnd(told) {
      end = told;
      onWorkerError(worker, "its worker could not be loaded", (reason) => end?.(new Error(reason)));
    },
    terminate() {
      worker.terminate();
      end?.(new Error("it was closed"));
      return Promise.resolve();
    },
  });
}
