/**
 * From a model folder to one in fewer bits.
 *
 * @module
 */
import { copyFile, mkdir, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { UnmaskError } from "../../errors.ts";
import type { Quantization } from "../../nn/linear.ts";
import { checkSpace } from "../free-space.ts";
import { kindOf } from "../model-config.ts";
import { readNetwork } from "../model-folder.ts";
import { isTokenizerFile } from "../wanted-files.ts";
import { quantiseModel, quantisedBytes } from "./quantise-model.ts";

/** Each by the name that `--quantize` takes. */
export const quantizations: Readonly<Record<string, Quantization>> = {
  int8: { bits: 8 },
  int4: { bits: 4, block: 32 },
};

export interface QuantiseFolderOptions {
  readonly quantization: Quantization;
  /** The system of a model whose layout fits several. */
  readonly system?: string | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a folder, ours or one of a published layout, and writes its model in fewer bits into another one,
 * with its tokenizer; or into the same one, in place of what it was made from.
 */
export async function quantiseFolder(
  source: string,
  folder: string,
  { system, ...options }: QuantiseFolderOptions,
): Promise<void> {
  const model = await readNetwork(source, { system });
  if (kindOf(model.config).embeds)
    throw new UnmaskError(
      "usage",
      `quantise: needs a model without embeddings of its process, got the system ${model.config.system}`,
    );
  await mkdir(folder, { recursive: true });
  await checkSpace(folder, quantisedBytes(model.config, options.quantization));
  await quantiseModel(model, { ...options, folder });
  if (await isSame(source, folder)) return;
  for (const name of await readdir(source))
    if (isTokenizerFile(name)) await copyFile(join(source, name), join(folder, name));
}

const isSame = async (a: string, b: string): Promise<boolean> =>
  (await realpath(a)) === (await realpath(b));
