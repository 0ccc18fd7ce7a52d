/**
 * The Lab as the page sees it: one run at a time in a worker, which goes on while other rooms are visited.
 *
 * @module
 */
import { emptyTextView, followText } from "../../src/report/text-view.ts";
import type { TextView } from "../../src/report/text-view.ts";
import { errorOf } from "../../src/serve/engine/messages.ts";
import { onWorkerError } from "../engine/worker-error.ts";
import type { FromLab, LabOrder, Offers, RunFacts, SavedModel, ToLab } from "./messages.ts";

/** A figure after so many steps. */
export interface Point {
  readonly step: number;
  readonly loss: number;
}

/** A text that the model wrote after so many steps. */
export interface Sample {
  readonly after: number;
  readonly view: TextView;
}

export interface LabState {
  /** Undefined until the worker has told. */
  readonly offers: Offers | undefined;
  readonly phase: "idle" | "preparing" | "training" | "pausing" | "paused" | "finished";
  readonly order: LabOrder | undefined;
  readonly facts: RunFacts | undefined;
  /** Nats per token of each step's batch, and on text that is not trained on. */
  readonly losses: readonly Point[];
  readonly validations: readonly Point[];
  readonly secondsPerStep: number | undefined;
  /** The last one may still be being written. */
  readonly samples: readonly Sample[];
  readonly model: SavedModel | undefined;
  readonly trouble: Error | undefined;
}

export interface Lab {
  readonly state: () => LabState;
  /** Told of changes, at most once for each picture that the screen shows; returns how to stop that. */
  watch(listener: () => void): () => void;
  /** Starts the worker, so that it is there when it is needed. */
  open(): void;
  begin(order: LabOrder): void;
  pause(): void;
  resume(): void;
}

const fresh: Omit<LabState, "offers"> = {
  phase: "idle",
  order: undefined,
  facts: undefined,
  losses: [],
  validations: [],
  secondsPerStep: undefined,
  samples: [],
  model: undefined,
  trouble: undefined,
};

/** A lab without a worker yet. */
export function createLab(): Lab {
  let state: LabState = { ...fresh, offers: undefined };
  let worker: Worker | undefined;
  const listeners = new Set<() => void>();
  let waits = false;
  const change = (some: Partial<LabState>): void => {
    state = { ...state, ...some };
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      for (const listener of listeners) listener();
    });
  };
  const start = (): Worker => {
    const started = new Worker(new URL("./lab-worker.ts", import.meta.url), {
      type: "module",
      name: "lab",
    });
    started.addEventListener("message", ({ data }: MessageEvent<FromLab>) =>
      change(after(state, data)),
    );
    onWorkerError(started, "it could not be loaded", (reason) => {
      change({ phase: "idle", trouble: new Error(`the Lab's worker ended: ${reason}`) });
      worker = undefined;
    });
    return started;
  };
  const say = (message: ToLab): void => (worker ??= start()).postMessage(message);
  return {
    state: () => state,
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    open: () => void (worker ??= start()),
    begin(order) {
      change({ ...fresh, phase: "preparing", order });
      say({ kind: "begin", order });
    },
    pause() {
      change({ phase: "pausing" });
      say({ kind: "pause" });
    },
    resume() {
      change({ phase: "training" });
      say({ kind: "resume" });
    },
  };
}

/** What a message changes. */
function after(state: LabState, message: FromLab): Partial<LabState> {
  switch (message.kind) {
    case "offers":
      return { offers: message.offers };
    case "planned":
      return { facts: message.facts, phase: "training" };
    case "step": {
      const { step, loss, seconds } = message;
      const secondsPerStep = 0.9 * (state.secondsPerStep ?? seconds) + 0.1 * seconds;
      return { losses: [...state.losses, { step, loss }], secondsPerStep };
    }
    case "validation": {
      const { step, loss } = message;
      return { validations: [...state.validations, { step, loss }] };
    }
    case "saved":
      return { model: message.model };
    case "sample":
      return { samples: withFrame(state.samples, message) };
    case "rests":
      return { phase: message.isFinished ? "finished" : "paused" };
    case "failed":
      return { phase: "idle", trouble: errorOf(message.failure) };
  }
}

function withFrame(
  samples: readonly Sample[],
  { after: steps, frame }: Extract<FromLab, { kind: "sample" }>,
): Sample[] {
  const last = samples.at(-1);
  // A run that was paused writes a sample then, and maybe again when it goes on.
  const goesOn = last?.after === steps && frame.step > last.view.step;
  const before = goesOn ? last.view : emptyTextView(`after ${steps} steps`);
  const view = followText(before, frame, 0);
  const others = last?.after === steps ? samples.slice(0, -1) : samples;
  return [...others, { after: steps, view }];
}
