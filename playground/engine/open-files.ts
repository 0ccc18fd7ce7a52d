/**
 * Files that the user picks become a model of the tab. They are read in a worker: a page that did so could not draw meanwhile,
 * and would have to bring along what reads them.
 *
 * @module
 */
import { errorOf } from "../../src/serve/engine/messages.ts";
import type { Failure } from "../../src/serve/engine/messages.ts";
import type { TabModel } from "./tab.ts";
import { onWorkerError } from "./worker-error.ts";

/** At least one. */
export type Picked = readonly [File, ...File[]];

/** What the worker answers. */
export type FromOpener =
  | { readonly kind: "opened"; readonly model: TabModel }
  | { readonly kind: "refused"; readonly failure: Failure };

/**
 * The model in these files: `config.json`, `model.safetensors` and what else its folder has, or one zip of them.
 *
 * @throws UnmaskError "usage" for what is too large or of a kind that a tab can't open, "missing" for a file that is not
 * there, "corrupt" for one that can't be read
 */
export async function openFiles(picked: Picked): Promise<TabModel> {
  const worker = new Worker(new URL("./open-worker.ts", import.meta.url), {
    type: "module",
    name: "open",
  });
  try {
    const answer = await new Promise<FromOpener>((resolve, reject) => {
      worker.addEventListener("message", ({ data }: MessageEvent<FromOpener>) => resolve(data));
      onWorkerError(worker, "what reads models could not be loaded", (reason) =>
        reject(new Error(reason)),
      );
      worker.postMessage(picked);
    });
    if (answer.kind === "refused") throw errorOf(answer.failure);
    return answer.model;
  } finally {
    worker.terminate();
  }
}
