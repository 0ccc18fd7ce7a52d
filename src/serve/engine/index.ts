/**
 * Starts an engine whose models work in threads of their own.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { modelFiles } from "../../checkpoint/model-contents.ts";
import { createEngine } from "./create-engine.ts";
import type { CreateEngineOptions } from "./create-engine.ts";
import type { Engine } from "./engine.ts";
import type { ModelFacts } from "./servable.ts";
import { readServableFolder } from "./servable-folder.ts";
import type { Source } from "./staff.ts";
import { workerHost } from "./worker-host.ts";

export interface StartEngineOptions extends Omit<CreateEngineOptions, "sources"> {
  /** What requests call each model, and where it lies. */
  readonly models: readonly { readonly id: string; readonly folder: string }[];
  readonly device: string;
  readonly threads?: number | undefined;
}

/**
 * Reads what the models are, starts the engine, and brings those to work that fit into the memory.
 *
 * @throws UnmaskError for folders that hold no model, and for models that don't fit or don't start
 */
export async function startEngine(options: StartEngineOptions): Promise<Engine> {
  const { models, device, threads, batch } = options;
  const sources = await Promise.all(
    models.map(async ({ id, folder }): Promise<Source> => ({
      ...(await describeModel(id, folder)),
      open: () => workerHost({ name: id, folder, device, threads, batch }),
    })),
  );
  const engine = createEngine({ ...options, sources });
  await engine.warm().catch(async (error: unknown) => {
    await engine.close(0);
    throw error;
  });
  return engine;
}

/** What a folder's model is, without opening it. */
export async function describeModel(id: string, folder: string): Promise<ModelFacts> {
  const model = await readServableFolder(folder);
  const { mtimeMs } = await stat(join(folder, modelFiles.config));
  return model.facts({ id, created: Math.floor(mtimeMs / 1000) });
}
