/**
 * The thread of one model in the tab: a page that computed itself could not draw meanwhile.
 *
 * @module
 */
import { sourceAt } from "../../src/checkpoint/fetch-model.ts";
import { sourceOfBytes } from "../../src/checkpoint/model-contents.ts";
import type { ModelSource } from "../../src/checkpoint/model-contents.ts";
import { readServable } from "../../src/serve/engine/servable.ts";
import { work } from "../../src/serve/engine/work.ts";
import type { ToWorker } from "../../src/serve/engine/messages.ts";
import type { Computing } from "./computing.ts";
import { tabRuntime } from "./tab-runtime.ts";

/** What a worker is started with. */
export interface ModelOrder extends Computing {
  readonly name: string;
  readonly from: ModelPlace;
}

/** The address of a model folder, or its files. */
export type ModelPlace = string | Readonly<Record<string, Uint8Array>>;

const sourceOf = (name: string, from: ModelPlace): ModelSource =>
  typeof from === "string"
    ? sourceAt(from)
    : sourceOfBytes(name, (file) => Promise.resolve(from[file]));

addEventListener(
  "message",
  ({ data: { name, from, ...computing } }: MessageEvent<ModelOrder>) =>
    void work(
      async () => {
        const model = await readServable(sourceOf(name, from));
        return model.open({ name, runtime: await tabRuntime(computing) });
      },
      {
        tell: (message) => postMessage(message),
        listen: (hear) =>
          addEventListener("message", ({ data }: MessageEvent<ToWorker>) => hear(data)),
      },
    ),
  { once: true },
);
