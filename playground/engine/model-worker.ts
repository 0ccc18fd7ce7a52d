/**
 * The thread of one model in the tab: a page that computed itself could not draw meanwhile.
 *
 * @module
 */
import { fetchModel } from "../../src/checkpoint/fetch-model.ts";
import { readOwnModel, sourceOfBytes } from "../../src/checkpoint/model-contents.ts";
import type { ModelContents } from "../../src/checkpoint/model-contents.ts";
import { openModel } from "../../src/generate/model.ts";
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

const contentsOf = (name: string, from: ModelPlace): Promise<ModelContents> =>
  typeof from === "string"
    ? fetchModel(from)
    : readOwnModel(sourceOfBytes(name, (file) => Promise.resolve(from[file])));

addEventListener(
  "message",
  ({ data: { name, from, ...computing } }: MessageEvent<ModelOrder>) =>
    void work(
      async () =>
        openModel(await contentsOf(name, from), { name, runtime: await tabRuntime(computing) }),
      {
        tell: (message) => postMessage(message),
        listen: (hear) =>
          addEventListener("message", ({ data }: MessageEvent<ToWorker>) => hear(data)),
      },
    ),
  { once: true },
);
