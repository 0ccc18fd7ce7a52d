/**
 * A model folder on disk, in the layout of Hugging Face: ours, or a published one.
 *
 * @module
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { UnmaskError } from "../errors.ts";
import type { Value } from "../tensor/index.ts";
import { findConstants, loadConstant } from "./constants.ts";
import { isOwnConfig, kindOf, longestConfig } from "./model-config.ts";
import type { ModelConfig } from "./model-config.ts";
import {
  encodeModelBody,
  encodeModelHead,
  modelFiles,
  readEmbeddings,
  readOwnNetwork,
  readOwnTokenizer,
  unreadable,
} from "./model-contents.ts";
import type { ModelContents, ModelFiles, ModelSource } from "./model-contents.ts";
import { readPublishedNetwork } from "./published/read-network.ts";
import { readPublishedTokenizer } from "./published/tokenizer-files.ts";
import { locateTensors } from "./shards.ts";
import { readSmallFile } from "./small-file.ts";
import { writeAtomic } from "./write-atomic.ts";

/** What a folder may leave open. */
export interface ReadOptions {
  /** The system of a published model whose layout fits several, as `--system` writes it. */
  readonly system?: string | undefined;
  /** A tokenizer that lies elsewhere. */
  readonly tokenizer?: string | undefined;
}

/** A folder of ours. The weights stay in their files. */
export const folderSource = (folder: string): ModelSource => ({
  where: folder,
  at: (name) => join(folder, name),
  read: (name) => readFile(join(folder, name)).catch(() => undefined),
  async weights(specsOf) {
    const tensors = await locateTensors(folder);
    return findConstants({
      specs: specsOf(Object.keys(tensors)),
      tensors,
      source: (parameter) => ({ tensor: parameter }),
      where: folder,
    });
  },
  load: loadConstant,
});

/**
 * Reads a folder, ours or one of a published layout, and checks that its parts belong together. The
 * weights stay in their files.
 */
export async function readModel(folder: string, options: ReadOptions = {}): Promise<ModelContents> {
  const { config, weights } = await readNetwork(folder, options);
  const { tokenizer, chatTemplate } = await readWords(folder, config, options);
  const embeddings = kindOf(config).embeds
    ? await readEmbeddings(folderSource(folder), tokenizer.size)
    : undefined;
  return { config, weights, tokenizer, embeddings, chatTemplate };
}

/** The configuration, and where its weights lie. */
export async function readNetwork(
  folder: string,
  { system }: ReadOptions = {},
): Promise<Pick<ModelContents, "config" | "weights">> {
  const text = await readConfigText(folder);
  return isOwnConfig(text, join(folder, modelFiles.config))
    ? readOwnNetwork(folderSource(folder), text)
    : readPublishedNetwork(folder, { system });
}

/** The tokenizer, in the form of the model's makers, and how they write a conversation. */
export async function readWords(
  folder: string,
  { transformer, published }: ModelConfig,
  { tokenizer: path }: ReadOptions,
): Promise<Pick<ModelContents, "tokenizer" | "chatTemplate">> {
  const { vocabulary } = transformer;
  if (published) {
    const { family: modelType, maskId, endIds } = published;
    return readPublishedTokenizer(folder, { vocabulary, maskId, endIds, modelType, path });
  }
  return { tokenizer: await readOwnTokenizer(folderSource(folder), vocabulary) };
}

/** The text of a folder's `config.json`, if it has one of a sensible size. */
export async function readConfigText(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory())
    throw new UnmaskError(
      "missing",
      `model "${folder}": no such folder; train one with unmask train, or fetch one with unmask import`,
    );
  const text = await readSmallFile(join(folder, modelFiles.config), longestConfig);
  if (text === undefined) throw unreadable(folder, modelFiles.config);
  return text;
}

/** Writes what never changes while a model is trained. */
export const writeModelHead = (
  folder: string,
  head: Omit<ModelContents, "weights">,
): Promise<void> => writeFiles(folder, encodeModelHead(head));

/** Writes `model.safetensors` and the model card. */
export const writeModelBody = (
  folder: string,
  body: { readonly weights: Readonly<Record<string, Value>>; readonly card: string },
): Promise<void> => writeFiles(folder, encodeModelBody(body));

async function writeFiles(folder: string, files: ModelFiles): Promise<void> {
  for (const [name, content] of Object.entries(files))
    await writeAtomic(join(folder, name), content);
}
