/**
 * The folder of a latent system's model, in the layout of every model folder: `config.json`,
 * `model.safetensors`, `tokenizer.json`, `README.md`. The weights are the embedder's; the mean and the
 * deviation of its latents once the first stage is finished; and the planner's once the second has begun.
 *
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import type { Moments } from "../diffusion/gaussian/moments.ts";
import { embedderParameters } from "../model/embedder.ts";
import { latentTransformerParameters } from "../model/latent-transformer.ts";
import { checkTransformer } from "../model/transformer.ts";
import { zeros } from "../nn/parameter.ts";
import type { ParameterSpecs } from "../nn/parameter.ts";
import { latentSystemOf } from "../system/index.ts";
import type { LatentSystem, LatentSystemKind, NetworkShape } from "../system/latent-system.ts";
import { floats } from "../tensor/index.ts";
import type { Constant, Value } from "../tensor/index.ts";
import type { Tokenizer } from "../text/index.ts";
import { findConstants, loadConstants } from "./constants.ts";
import { count, inFile, parseJson, readFields, size } from "./fields.ts";
import { isLatentConfig, modelType, quantization } from "./model-config.ts";
import { modelFiles, readOwnTokenizer } from "./model-contents.ts";
import { folderSource, readConfigText } from "./model-folder.ts";
import { locateTensors } from "./shards.ts";
import { writeAtomic } from "./write-atomic.ts";

/** `config.json` of a latent system. */
export interface LatentConfig {
  readonly system: string;
  /** The system's options, every one of them. */
  readonly options: Readonly<Record<string, number | boolean | string>>;
  /** Tokens of a paragraph at most. */
  readonly length: number;
  readonly vocabulary: number;
  /** Layers, heads and width of each of its networks. */
  readonly network: NetworkShape;
}

export interface LatentContents {
  readonly config: LatentConfig;
  readonly kind: LatentSystemKind;
  /** The system at work on the model's tokens. */
  readonly system: LatentSystem;
  /** Each parameter, in its file. */
  readonly weights: Readonly<Record<string, Constant>>;
  /** Of the latents; undefined before the first stage is finished. */
  readonly moments: Moments | undefined;
  /** Whether the second stage has begun. */
  readonly plans: boolean;
  readonly tokenizer: Tokenizer;
}

/** Names of the latents' mean and deviation among the weights. */
const momentNames = { mean: "latents.mean", deviation: "latents.deviation" } as const;

/** Whether a weight is the latents' mean or deviation. */
export const isMoment = (name: string): boolean =>
  name === momentNames.mean || name === momentNames.deviation;

const schema = z.object({
  model_type: z.literal(modelType),
  system: z.string(),
  options: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])),
  length: size,
  vocabulary: size,
  network: z.object({
    layers: count,
    heads: size,
    width: size,
    quantized: quantization.optional(),
  }),
});

export const encodeLatentConfig = (config: LatentConfig): string =>
  `${JSON.stringify({ model_type: modelType, ...config }, undefined, 2)}\n`;

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

/** Reads and checks a configuration; `where` is how errors name the file. */
export function decodeLatentConfig(text: string, where: string): LatentConfig {
  const read = readFields(schema, parseJson(text, where), where);
  const { system, length, vocabulary, network } = read;
  const { options } = inFile(where, () => latentSystemOf(system, read.options));
  return { system, options, length, vocabulary, network };
}

/** A configuration's system, at work on its tokens. */
export function latentSystemAt(
  { system: name, options, network, length }: LatentConfig,
  { size: vocabulary, maskId, endId }: Pick<Tokenizer, "size" | "maskId" | "endId">,
): { kind: LatentSystemKind; system: LatentSystem } {
  const kind = latentSystemOf(name, options);
  const system = kind.create({ size: vocabulary, maskId, endId }, { network, length });
  checkTransformer(system.embedder.decoder);
  return { kind, system };
}

/** The configuration and the tokenizer. */
export async function readLatentHead(
  folder: string,
): Promise<Pick<LatentContents, "config" | "tokenizer">> {
  const text = await readConfigText(folder);
  const config = decodeLatentConfig(text, join(folder, modelFiles.config));
  return { config, tokenizer: await readOwnTokenizer(folderSource(folder), config.vocabulary) };
}

/** Reads a folder and checks that its parts belong together. The weights stay in their file. */
export async function readLatentModel(folder: string): Promise<LatentContents> {
  const { config, tokenizer } = await readLatentHead(folder);
  const { kind, system } = latentSystemAt(config, tokenizer);
  const tensors = await locateTensors(folder);
  const known = (prefix: string): boolean =>
    Object.keys(tensors).some((name) => name.startsWith(prefix));
  const plans = known("planner.");
  const hasMoments = plans || known("latents.");
  const weights = await findConstants({
    specs: latentParameters(system, { moments: hasMoments, plans }),
    tensors,
    source: (parameter) => ({ tensor: parameter }),
    where: folder,
  });
  const moments = hasMoments ? await readMoments(weights) : undefined;
  return { config, kind, system, weights, moments, plans, tokenizer };
}

/** What a folder holds, as far as its model is trained. */
export const latentParameters = (
  system: LatentSystem,
  { moments, plans }: { readonly moments: unknown; readonly plans: boolean },
): ParameterSpecs => ({
  ...embedderParameters(system.embedder),
  ...(moments ? momentSpecs(system) : {}),
  ...(plans ? latentTransformerParameters(system.planner) : {}),
});

function momentSpecs({ embedder: { latents, dimension } }: LatentSystem): ParameterSpecs {
  const spec = zeros([latents, dimension]);
  return { [momentNames.mean]: spec, [momentNames.deviation]: spec };
}

async function readMoments(weights: Readonly<Record<string, Constant>>): Promise<Moments> {
  const { mean, deviation } = momentNames;
  const values = await loadConstants({ [mean]: weights[mean]!, [deviation]: weights[deviation]! });
  return {
    mean: Float64Array.from(values[mean]!.data),
    deviation: Float64Array.from(values[deviation]!.data),
  };
}

/** Moments as they are saved among the weights. */
export function momentWeights(
  { mean, deviation }: Moments,
  { embedder: { latents, dimension } }: LatentSystem,
): Record<string, Value> {
  const value = (numbers: Float64Array): Value =>
    floats([latents, dimension], Float32Array.from(numbers));
  return { [momentNames.mean]: value(mean), [momentNames.deviation]: value(deviation) };
}

/** Writes `config.json` and `tokenizer.json`, which never change while a model is trained. */
export async function writeLatentHead(
  folder: string,
  { config, tokenizer }: Pick<LatentContents, "config" | "tokenizer">,
): Promise<void> {
  await writeAtomic(join(folder, modelFiles.config), encodeLatentConfig(config));
  await writeAtomic(join(folder, modelFiles.tokenizer), `${JSON.stringify(tokenizer.toJSON())}\n`);
}
