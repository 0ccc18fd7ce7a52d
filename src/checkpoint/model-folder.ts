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
import { floats, sameShape } from "../tensor/index.ts";
import type { Value } from "../tensor/index.ts";
import type { ChatTemplate } from "../text/chat-template.ts";
import { tokenizerFromJSON } from "../text/index.ts";
import type { Tokenizer } from "../text/index.ts";
import { decodeConfig, encodeConfig, kindOf, parseJson } from "./model-config.ts";
import type { ModelConfig } from "./model-config.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
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
  readonly weights: Readonly<Record<string, Value>>;
  readonly tokenizer: Tokenizer;
  /** A point in space for each id, of systems whose process needs it. */
  readonly embeddings?: readonly Float64Array[] | undefined;
  /** How it reads a conversation. Default: as plain text, like the dialogues it may be trained on. */
  readonly chatTemplate?: ChatTemplate | undefined;
}

/** Reads a folder, and checks that its parts belong together. */
export async function readModel(folder: string): Promise<ModelContents> {
  const files = await readFolder(folder);
  const config = decodeConfig(files.config.toString("utf8"), join(folder, modelFiles.config));
  const where = join(folder, modelFiles.weights);
  const weights = decodeSafetensors(files.weights, where).tensors;
  checkWeights(config, weights, where);
  const tokenizer = readTokenizer(files.tokenizer, join(folder, modelFiles.tokenizer));
  if (tokenizer.size !== config.transformer.vocabulary)
    throw new UnmaskError(
      "corrupt",
      `${folder}: the tokenizer has ${tokenizer.size} tokens, the model ${config.transformer.vocabulary}`,
    );
  const embeddings = kindOf(config).embeds
    ? await readEmbeddings(folder, tokenizer.size)
    : undefined;
  return { config, weights, tokenizer, embeddings };
}

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

async function readFolder(
  folder: string,
): Promise<Record<"config" | "weights" | "tokenizer", Buffer>> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory())
    throw new UnmaskError(
      "missing",
      `model "${folder}": no such folder; train one with unmask train`,
    );
  const read = async (name: string): Promise<Buffer> => {
    try {
      return await readFile(join(folder, name));
    } catch (cause) {
      throw new UnmaskError("missing", `model "${folder}": has no readable ${name}`, { cause });
    }
  };
  const config = await read(modelFiles.config);
  const [weights, tokenizer] = await Promise.all([
    read(modelFiles.weights),
    read(modelFiles.tokenizer),
  ]);
  return { config, weights, tokenizer };
}

/** Every parameter there, with its shape, and nothing that would be ignored. */
export function checkWeights(
  { transformer }: ModelConfig,
  weights: Readonly<Record<string, Value>>,
  where: string,
): void {
  const specs = transformerParameters(transformer);
  for (const [name, { shape }] of Object.entries(specs)) {
    const value = weights[name];
    if (!value) throw new UnmaskError("corrupt", `${where}: has no tensor "${name}"`);
    if (value.dtype !== "float32" || !sameShape(value.shape, shape))
      throw new UnmaskError(
        "corrupt",
        `${where}: tensor "${name}" must be float32 [${shape.join(", ")}], got ${value.dtype} [${value.shape.join(", ")}]`,
      );
  }
  const unknown = Object.keys(weights).find((name) => !Object.hasOwn(specs, name));
  if (unknown !== undefined)
    throw new UnmaskError(
      "corrupt",
      `${where}: tensor "${unknown}" belongs to no part of the model`,
    );
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
