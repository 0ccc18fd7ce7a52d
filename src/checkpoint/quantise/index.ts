/**
 * From a model folder to one in fewer bits.
 *
 * @module
 */
import { mkdir, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { UnmaskError } from "../../errors.ts";
import { copyFile } from "../copy-model.ts";
import { fileInside } from "../file-inside.ts";
import type { InsideFile } from "../file-inside.ts";
import { checkSpace } from "../free-space.ts";
import { isLatentFolder, readLatentModel } from "../latent-folder.ts";
import { kindOf } from "../model-config.ts";
import { modelFiles } from "../model-contents.ts";
import { readNetwork } from "../model-folder.ts";
import { checkNew } from "../new-folder.ts";
import { wantedFiles } from "../wanted-files.ts";
import { quantiseLatents, quantisedLatentBytes } from "./quantise-latents.ts";
import { quantiseModel, quantisedBytes } from "./quantise-model.ts";
import type { Precision } from "./quantise-model.ts";

/** Each by the name that `--quantize` takes. */
export const precisions: Readonly<Record<string, Precision>> = {
  float16: { bits: 16 },
  int8: { bits: 8 },
  int4: { bits: 4, block: 32 },
};

export interface QuantiseFolderOptions {
  readonly precision: Precision;
  /** The system of a model whose layout fits several. */
  readonly system?: string | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a folder, ours or one of a published layout, and writes its model in fewer bits into a new one,
 * with what stands beside its weights; or into the same one, in place of what it was made from.
 *
 * @throws UnmaskError `exists` if the other folder holds anything
 */
export async function quantiseFolder(
  source: string,
  folder: string,
  { system, ...options }: QuantiseFolderOptions,
): Promise<void> {
  const { bytes, write } = await planOf(source, { system, ...options });
  const inPlace = await isSame(source, folder);
  if (!inPlace) await checkNew(folder, "quantise: the folder");
  const companions = inPlace ? [] : await companionsOf(source);
  await mkdir(folder, { recursive: true });
  await checkSpace(folder, bytes);
  await write(folder);
  for (const [name, file] of companions) await copyFile(file, join(folder, name), options.signal);
}

/** What a folder's model takes in fewer bits, and how it is written. */
async function planOf(
  source: string,
  { system, ...options }: QuantiseFolderOptions,
): Promise<{ bytes: number; write: (folder: string) => Promise<void> }> {
  if (await isLatentFolder(source)) {
    const model = await readLatentModel(source);
    const write = (folder: string) => quantiseLatents(model, { ...options, folder });
    return { bytes: quantisedLatentBytes(model, options.precision), write };
  }
  const model = await readNetwork(source, { system });
  if (kindOf(model.config).embeds)
    throw new UnmaskError(
      "usage",
      `quantise: needs a model without embeddings of its process, got the system ${model.config.system}`,
    );
  const write = (folder: string) => quantiseModel(model, { ...options, folder });
  return { bytes: quantisedBytes(model.config, options.precision), write };
}

/** What stands beside the weights and stays as it is: tokenizer, chat template, licence, model card. */
async function companionsOf(source: string): Promise<readonly (readonly [string, InsideFile])[]> {
  const { companions } = wantedFiles(await readdir(source), source);
  const kept = companions.filter((name) => name !== modelFiles.config);
  return Promise.all(kept.map(async (name) => [name, await fileInside(source, name)] as const));
}

const isSame = async (a: string, b: string): Promise<boolean> =>
  (await realpath(a)) === (await realpath(b).catch(() => undefined));
