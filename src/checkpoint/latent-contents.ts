/**
 * What a latent system's model holds, wherever its files lie: `config.json`, `model.safetensors`, `tokenizer.json`. The
 * weights are the embedder's; the mean and the deviation of its latents once the first stage is finished; and the
 * planner's once the second has begun.
 *
 * @module
 */
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
import { count, inFile, parseJson, readFields, size } from "./fields.ts";
import { modelType, quantization } from "./model-config.ts";
import { modelFiles, readOwnTokenizer } from "./model-contents.ts";
import type { ModelSource } from "./model-contents.ts";

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
  /** Each parameter: in its file, or at hand. */
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

/** The configuration, read from its text, and the tokenizer. */
export async function latentHeadOf(
  source: ModelSource,
  text: string,
): Promise<Pick<LatentContents, "config" | "tokenizer">> {
  const config = decodeLatentConfig(text, source.at(modelFiles.config));
  return { config, tokenizer: await readOwnTokenizer(source, config.vocabulary) };
}

/** Reads a model whose configuration this is, and checks that its parts belong together. */
export async function readLatentContents(
  source: ModelSource,
  text: string,
): Promise<LatentContents> {
  const { config, tokenizer } = await latentHeadOf(source, text);
  const { kind, system } = latentSystemAt(config, tokenizer);
  const weights = await source.weights((names) => latentParameters(system, partsOf(names)));
  const { moments: known, plans } = partsOf(Object.keys(weights));
  const moments = known ? await readMoments(weights, source.load) : undefined;
  return { config, kind, system, weights, moments, plans, tokenizer };
}

/** How far a model is trained, by the names of its weights. */
function partsOf(names: readonly string[]): { moments: boolean; plans: boolean } {
  const known = (prefix: string): boolean => names.some((name) => name.startsWith(prefix));
  const plans = known("planner.");
  return { plans, moments: plans || known("latents.") };
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

async function readMoments(
  weights: Readonly<Record<string, Constant>>,
  load: ModelSource["load"],
): Promise<Moments> {
  const numbers = async (name: string) => Float64Array.from((await load(weights[name]!)).data);
  return {
    mean: await numbers(momentNames.mean),
    deviation: await numbers(momentNames.deviation),
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
