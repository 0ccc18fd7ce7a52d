/**
 * What a model folder of ours holds, wherever its files lie: `config.json`, `model.safetensors`, `tokenizer.json`,
 * `README.md`; and `process.safetensors` where a process needs embeddings of the tokens.
 *
 * Files are read through a {@link ModelSource}: a folder on disk (`model-folder.ts`), or bytes at hand.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { transformerParameters } from "../model/transformer.ts";
import type { ParameterSpecs } from "../nn/parameter.ts";
import { floats } from "../tensor/index.ts";
import type { Constant, Value } from "../tensor/index.ts";
import type { ChatTemplate } from "../text/chat-template.ts";
import { tokenizerFromJSON } from "../text/index.ts";
import type { Tokenizer } from "../text/index.ts";
import { checkValues } from "./check-values.ts";
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
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";

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
  /** Each parameter: in its file, or at hand. */
  readonly weights: Readonly<Record<string, Constant>>;
  readonly tokenizer: Tokenizer;
  /** A point in space for each id, of systems whose process needs it. */
  readonly embeddings?: readonly Float64Array[] | undefined;
  /** How it reads a conversation. Default: as plain text, like the dialogues it may be trained on. */
  readonly chatTemplate?: ChatTemplate | undefined;
}

/** Where the files of a model lie. */
export interface ModelSource {
  /** How errors name it. */
  readonly where: string;
  /** How errors name one of its files. */
  at(name: string): string;
  /** A file's bytes; undefined where there is no such file. */
  read(name: string): Promise<Uint8Array | undefined>;
  /**
   * The constants of a network, checked: all of them, of these shapes, and no others.
   *
   * @param specsOf what there must be, given the names of what there is
   */
  weights(
    specsOf: (names: readonly string[]) => ParameterSpecs,
  ): Promise<Readonly<Record<string, Constant>>>;
  /** The numbers of one of them. */
  load(constant: Constant): Promise<Value>;
}

/** Files by their names, as bytes or text. */
export type ModelFiles = Readonly<Record<string, Uint8Array | string>>;

/**
 * Files at hand; weights are widened to float32.
 *
 * @param read a file's bytes; undefined where there is no such file
 */
export function sourceOfBytes(
  where: string,
  read: ModelSource["read"],
  at: ModelSource["at"] = (name) => `${where}/${name}`,
): ModelSource {
  return {
    where,
    at,
    read,
    async weights(specsOf) {
      const { weights: name } = modelFiles;
      const { tensors } = decodeSafetensors(await needed({ where, read }, name), at(name));
      checkValues(specsOf(Object.keys(tensors)), tensors, at(name));
      return tensors;
    },
    // They are at hand.
    load: (constant) => Promise.resolve(constant as Value),
  };
}

/**
 * Reads a model of ours, and checks that its parts belong together.
 *
 * @throws UnmaskError "missing" for a file that is not there, "corrupt" for one that can't be read, "usage" for a
 * model of another kind
 */
export const readOwnModel = async (source: ModelSource): Promise<ModelContents> =>
  readOwnContents(source, await ownConfigText(source));

/** The same, of a model whose configuration this is. */
export async function readOwnContents(source: ModelSource, text: string): Promise<ModelContents> {
  const { config, weights } = await readOwnNetwork(source, text);
  if (config.published)
    throw new UnmaskError(
      "usage",
      `model "${source.where}": needs one that was trained with unmask, got a published one of the family ` +
        `${config.published.family}, which is read in Node only`,
    );
  const tokenizer = await readOwnTokenizer(source, config.transformer.vocabulary);
  const embeddings = kindOf(config).embeds
    ? await readEmbeddings(source, tokenizer.size)
    : undefined;
  return { config, weights, tokenizer, embeddings };
}

/** The text of a configuration of ours. */
export async function ownConfigText(source: ModelSource): Promise<string> {
  const bytes = await needed(source, modelFiles.config);
  const where = source.at(modelFiles.config);
  if (bytes.length > longestConfig)
    throw new UnmaskError(
      "corrupt",
      `${where}: must have at most ${longestConfig} bytes, got ${bytes.length}; download it again`,
    );
  const text = textOf(bytes);
  if (isOwnConfig(text, where)) return text;
  throw new UnmaskError(
    "usage",
    `model "${source.where}": needs one that was trained with unmask, got a published layout, which is read in Node only`,
  );
}

/** The configuration, and its weights. */
export async function readOwnNetwork(
  source: ModelSource,
  text: string,
): Promise<Pick<ModelContents, "config" | "weights">> {
  const path = source.at(modelFiles.config);
  refuseLatent(source.where, parseJson(text, path));
  const config = decodeConfig(text, path);
  return { config, weights: await source.weights(() => transformerParameters(config.transformer)) };
}

/** A model of vectors has no places that one could ask about. */
function refuseLatent(where: string, json: unknown): void {
  if (!isLatentConfig(json)) return;
  const { system } = json as { system: string };
  throw new UnmaskError(
    "usage",
    `model "${where}": needs a model whose canvas is tokens, got one of the system ${system}, which plans ` +
      `whole paragraphs; it works with unmask generate, evaluate and inspect`,
  );
}

/** The tokenizer, which must have as many tokens as the model. */
export async function readOwnTokenizer(
  source: ModelSource,
  vocabulary: number,
): Promise<Tokenizer> {
  const bytes = await needed(source, modelFiles.tokenizer);
  const tokenizer = readTokenizer(bytes, source.at(modelFiles.tokenizer));
  if (tokenizer.size !== vocabulary)
    throw new UnmaskError(
      "corrupt",
      `${source.where}: the tokenizer has ${tokenizer.size} tokens, the model ${vocabulary}`,
    );
  return tokenizer;
}

/** A tokenizer from the bytes of a `tokenizer.json`. */
export function readTokenizer(bytes: Uint8Array, where: string): Tokenizer {
  const json = parseJson(textOf(bytes), where);
  try {
    return tokenizerFromJSON(json);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnmaskError("corrupt", `${where}: ${reason}`, { cause });
  }
}

/** The embeddings that a process needs, one for each id. */
export async function readEmbeddings(source: ModelSource, size: number): Promise<Float64Array[]> {
  const path = source.at(modelFiles.process);
  const bytes = await needed(source, modelFiles.process);
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

async function needed(
  { where, read }: Pick<ModelSource, "where" | "read">,
  name: string,
): Promise<Uint8Array> {
  const bytes = await read(name);
  if (bytes === undefined) throw unreadable(where, name);
  return bytes;
}

export const unreadable = (where: string, name: string): UnmaskError =>
  new UnmaskError("missing", `model "${where}": has no readable ${name}`);

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The files that never change while a model is trained. */
export const encodeModelHead = ({
  config,
  tokenizer,
  embeddings,
}: Omit<ModelContents, "weights">): ModelFiles => ({
  [modelFiles.config]: encodeConfig(config),
  [modelFiles.tokenizer]: `${JSON.stringify(tokenizer.toJSON())}\n`,
  ...(embeddings && { [modelFiles.process]: encodeEmbeddings(embeddings) }),
});

function encodeEmbeddings(embeddings: readonly Float64Array[]): Uint8Array {
  const shape = [embeddings.length, embeddings[0]!.length];
  const data = Float32Array.from(embeddings.flatMap((point) => Array.from(point)));
  return encodeSafetensors({ embeddings: floats(shape, data) });
}

/** `model.safetensors`, and the model card. */
export const encodeModelBody = ({
  weights,
  card,
}: {
  readonly weights: Readonly<Record<string, Value>>;
  readonly card: string;
}): ModelFiles => ({
  [modelFiles.weights]: encodeSafetensors(weights, { format: "pt" }),
  [modelFiles.card]: card,
});
