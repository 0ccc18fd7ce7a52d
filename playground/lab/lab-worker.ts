/**
 * The Lab's thread: trains, and writes samples in between.
 *
 * @module
 */
import { sizes } from "../../src/model/sizes.ts";
import { failureOf } from "../../src/serve/engine/messages.ts";
import { systems } from "../../src/system/index.ts";
import { tokenizers } from "../../src/text/index.ts";
import { tabRuntime } from "../engine/tab-runtime.ts";
import type { FromLab, LabOrder, Offers, ToLab } from "./messages.ts";
import { tabRun } from "./tab-run.ts";
import type { TabRun } from "./tab-run.ts";

const tell = (message: FromLab): void => postMessage(message);

/** Sizes that a tab trains while somebody looks on. */
const trainable = ["nano", "micro"];

const offers: Offers = {
  systems: Object.entries(systems).map(([name, { docs }]) => ({ name, summary: docs.summary })),
  tokenizers: Object.entries(tokenizers).map(([name, { summary }]) => ({ name, summary })),
  sizes: Object.entries(sizes)
    .filter(([name]) => trainable.includes(name))
    .map(([name, { layers, width }]) => ({ name, summary: `${layers} layers, width ${width}` })),
};

let run: TabRun | undefined;
let pause = new AbortController();

async function begin(order: LabOrder): Promise<void> {
  run = await tabRun(order, await tabRuntime(order), tell);
  tell({ kind: "planned", facts: run.facts });
  await goOn();
}

async function goOn(): Promise<void> {
  pause = new AbortController();
  await run?.train(pause.signal);
}

const carryOut = (message: ToLab): Promise<void> | void => {
  switch (message.kind) {
    case "begin":
      return begin(message.order);
    case "pause":
      return pause.abort();
    case "resume":
      return goOn();
    default:
      return message satisfies never;
  }
};

addEventListener("message", ({ data }: MessageEvent<ToLab>) => {
  Promise.resolve(carryOut(data)).catch((error: unknown) =>
    tell({ kind: "failed", failure: failureOf(error) }),
  );
});
tell({ kind: "offers", offers });
