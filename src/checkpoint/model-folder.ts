/**
 * A model folder, in the layout of Hugging Face: `config.json`, `model.safetensors`,
 * `tokenizer.json`, `README.md`; and `process.safetensors` where a process needs embeddings of the tokens.
 *
 * @module
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { UnmaskError } from "../errors.ts";
import { transformerParameters } from "../model/transformer.ts";
import { floats } from "../tensor/index.ts";
import type { Constant, Value } from "../tensor/index.ts";
import type { ChatTemplate } from "../text/chat-template.ts";
import { tokenizerFromJSON } from "../text/index.ts";
import type { Tokenizer } from "../text/index.ts";
import { findConstants } from "./constants.ts";
import { parseJson } from "./fields.ts";
import {
  decodeConfig,
  encodeConfig,
  isLatentConfig,
  isOwnConfig,
  kindOf,
  longestConfig,
} from "./model-config.ts";
import type { ModelConfig } from "./model-config.ts";
import { readPublishedNetwork } from "./published/read-network.ts";
import { readPublishedTokenizer } from "./published/tokenizer-files.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { locateTensors } from "./shards.ts";
import { readSmallFile } from "./small-file.ts";
import { writeAtomic } from "./write-atomic.ts";

/** Names of the files. */
export const modelFiles = {
  config: "config.json",
  weights: "model.safetensors",
  tokenizer: "tokenizer.json",
  card: "README.md",
  process: "process.safetensors",
} as const;

export interface ModelContents {
  readonly config: ModelConfig;
  /** Each parameter, in its file. */
  readonly weights: Readonly<Record<string, Constant>>;
  readonly tokenizer: Tokenizer;
  /** A point in space for each id, of systems whose process needs it. */
  readonly embeddings?: readonly Float64Array[] | undefined;
  /** How it reads a conversation. Default: as plain text, like the dialogues it may be trained on. */
  readonly chatTemplate?: ChatTemplate | undefined;
}

/** What a folder may leave open. */
export interface ReadOptions {
  /** The system of a published model whose layout fits several, as `--system` writes it. */
  readonly system?: string | undefined;
  /** A tokenizer that lies elsewhere. */
  readonly tokenizer?: string | undefined;
}

/**
 * Reads a folder, ours or one of a published layout, and checks that its parts belong together. The
 * weights stay in their files.
 */
export async function readModel(folder: string, options: ReadOptions = {}): Promise<ModelContents> {
  const { config, weights } = await readNetwork(folder, options);
  const { tokenizer, chatTemplate } = await readWords(folder, config, options);
  const embeddings = kindOf(config).embeds
    ? await readEmbeddings(folder, tokenizer.size)
    : undefined;
  return { config, weights, tokenizer, embeddings, chatTemplate };
}

/** The configuration, and where its weights lie. */
export async function readNetwork(
  folder: string,
  { system }: ReadOptions = {},
): Promise<Pick<ModelContents, "config" | "weights">> {
  const path = join(folder, modelFiles.config);
  const text = await readConfigText(folder);
  if (!isOwnConfig(text, path)) return readPublishedNetwork(folder, { system });
  refuseLatent(folder, parseJson(text, path));
  const config = decodeConfig(text, path);
  const weights = await findConstants({
    specs: transformerParameters(config.transformer),
    tensors: await locateTensors(folder),
    source: (parameter) => ({ tensor: parameter }),
    where: folder,
  });
  return { config, weights };
}

/** A model of vectors has no places that one could ask about. */
function refuseLatent(folder: string, json: unknown): void {
  if (!isLatentConfig(json)) return;
  const { system } = json as { system: string };
  throw new UnmaskError(
    "usage",
    `model "${folder}": needs a model whose canvas is tokens, got one of the system ${system}, which plans ` +
      `whole paragraphs; it works with unmask generate, evaluate and inspect`,
  );
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
  return { tokenizer: await readOwnTokenizer(folder, vocabulary) };
}

/** The tokenizer of a folder of ours, which must have as many tokens as the model. */
export async function readOwnTokenizer(folder: string, vocabulary: number): Promise<Tokenizer> {
  const file = join(folder, modelFiles.tokenizer);
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw unreadable(folder, modelFiles.tokenizer, cause);
  });
  const tokenizer = readTokenizer(bytes, file);
  if (tokenizer.size !== vocabulary)
    throw new UnmaskError(
      "corrupt",
      `${folder}: the tokenizer has ${tokenizer.size} tokens, the model ${vocabulary}`,
    );
  return tokenizer;
}

/** The text of a folder's `config.json`, if it has one of a sensible size. */
export async function readConfigText(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory())
    throw new UnmaskError(
      "missing",
      `model "${folder}": no such folder; train one with unmask train, or fetch one with unmask import`,
    );
  const file = join(folder, modelFiles.config);
  const text = await readSmallFile(file, longestConfig);
  if (text === undefined) throw unreadable(folder, modelFiles.config);
  return text;
}

const unreadable = (folder: string, name: string, cause?: unknown): UnmaskError =>
  new UnmaskError("missing", `model "${folder}": has no readable ${name}`, { cause });

/** A tokenizer from the bytes of a `tokenizer.json`. */
export function readTokenizer(bytes: Buffer, where: string): Tokenizer {
  const json = parseJson(bytes.toString("utf8"), where);
  try {
    return tokenizerFromJSON(json);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnmaskError("corrupt", `${where}: ${reason}`, { cause });
  }
}

/** Writes `config.json` and `tokenizer.json`, which never change while a model is trained. */
export async function writeModelHead(
  folder: string,
  { config, tokenizer }: Pick<ModelContents, "config" | "tokenizer">,
): Promise<void> {
  await writeAtomic(join(folder, modelFiles.config), encodeConfig(config));
  await writeAtomic(join(folder, modelFiles.tokenizer), `${JSON.stringify(tokenizer.toJSON())}\n`);
}

/** Writes the embeddings that a process needs; they never change while a model is trained. */
export async function writeEmbeddings(
  folder: string,
  embeddings: readonly Float64Array[],
): Promise<void> {
  const shape = [embeddings.length, embeddings[0]!.length];
  const data = Float32Array.from(embeddings.flatMap((point) => Array.from(point)));
  const bytes = encodeSafetensors({ embeddings: floats(shape, data) });
  await writeAtomic(join(folder, modelFiles.process), bytes);
}

/** Reads them, one for each id. */
export async function readEmbeddings(folder: string, size: number): Promise<Float64Array[]> {
  const path = join(folder, modelFiles.process);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new UnmaskError("missing", `model "${folder}": has no readable ${modelFiles.process}`, {
      cause,
    });
  });
  const value = decodeSafetensors(bytes, path).tensors["embeddings"];
  if (value?.shape.length !== 2 || value.shape[0] !== size)
    throw new UnmaskError(
      "corrupt",
      `${path}: needs a tensor "embeddings" of [${size}, width], got ${value ? `[${value.shape.join(", ")}]` : "none"}`,
    );
  const width = value.shape[1]!;
  return Array.from({ length: size }, (_, id) =>
    Float64Array.from(value.data.subarray(id * width, (id + 1) * width)),
  );
}

/** Writes `model.safetensors` and the model card. */
export async function writeModelBody(
  folder: string,
  { weights, card }: { weights: Readonly<Record<string, Value>>; card: string },
): Promise<void> {
  await writeAtomic(join(folder, modelFiles.weights), encodeSafetensors(weights, { format: "pt" }));
  await writeAtomic(join(folder, modelFiles.card), card);
}
