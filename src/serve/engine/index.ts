/**
 * Starts an engine whose models work in threads of their own.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { kindOf } from "../../checkpoint/model-config.ts";
import { modelFiles, readNetwork, readWords } from "../../checkpoint/model-folder.ts";
import { dtypeOf, elementCount } from "../../tensor/index.ts";
import type { Constant, Dtype } from "../../tensor/index.ts";
import { createEngine } from "./create-engine.ts";
import type { CreateEngineOptions } from "./create-engine.ts";
import type { Engine } from "./engine.ts";
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
    models.map(async ({ id, folder }): Promise<Source> => {
      const { config, weights } = await readNetwork(folder);
      const { chatTemplate } = await readWords(folder, config, {});
      const { mtimeMs } = await stat(join(folder, modelFiles.config));
      const kind = kindOf(config);
      return {
        id,
        created: Math.floor(mtimeMs / 1000),
        system: kind.name,
        infills: kind.infills,
        chats: chatTemplate !== undefined,
        length: config.length,
        vocabulary: config.transformer.vocabulary,
        bytes: Object.values(weights).reduce((sum, weight) => sum + bytesOf(weight), 0),
        open: () => workerHost({ name: id, folder, device, threads, batch }),
      };
    }),
  );
  const engine = createEngine({ ...options, sources });
  await engine.warm().catch(async (error: unknown) => {
    await engine.close(0);
    throw error;
  });
  return engine;
}

const widths: Readonly<Record<Dtype, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  int8: 1,
  uint8: 1,
};

/** Bytes in memory, where floats of fewer bits are widened. */
const bytesOf = (weight: Constant): number => elementCount(weight.shape) * widths[dtypeOf(weight)];
