/**
 * The folder of a latent system's model, in the layout of every model folder: what `latent-contents.ts` tells, and a
 * `README.md`.
 *
 * @module
 */
import { join } from "node:path";
import { parseJson } from "./fields.ts";
import { encodeLatentConfig, latentHeadOf, readLatentContents } from "./latent-contents.ts";
import type { LatentContents } from "./latent-contents.ts";
import { isLatentConfig } from "./model-config.ts";
import { modelFiles } from "./model-contents.ts";
import { folderSource, readConfigText } from "./model-folder.ts";
import { writeAtomic } from "./write-atomic.ts";

/** Whether a folder holds a latent system; what isn't readable as one is left to others to refuse. */
export async function isLatentFolder(folder: string): Promise<boolean> {
  const text = await readConfigText(folder).catch(() => undefined);
  if (text === undefined) return false;
  try {
    return isLatentConfig(parseJson(text, join(folder, modelFiles.config)));
  } catch {
    return false;
  }
}

/** The configuration and the tokenizer. */
export const readLatentHead = async (
  folder: string,
): Promise<Pick<LatentContents, "config" | "tokenizer">> =>
  latentHeadOf(folderSource(folder), await readConfigText(folder));

/** Reads a folder and checks that its parts belong together. The weights stay in their file. */
export const readLatentModel = async (folder: string): Promise<LatentContents> =>
  readLatentContents(folderSource(folder), await readConfigText(folder));

/** Writes `config.json` and `tokenizer.json`, which never change while a model is trained. */
export async function writeLatentHead(
  folder: string,
  { config, tokenizer }: Pick<LatentContents, "config" | "tokenizer">,
): Promise<void> {
  await writeAtomic(join(folder, modelFiles.config), encodeLatentConfig(config));
  await writeAtomic(join(folder, modelFiles.tokenizer), `${JSON.stringify(tokenizer.toJSON())}\n`);
}
