/**
 * `config.json` of a model folder: which system, which backbone, on which canvases it was trained.
 *
 * @module
 */
import { z } from "zod";
import { UnmaskError } from "../errors.ts";
import { checkTransformer } from "../model/transformer.ts";
import type { TransformerConfig } from "../model/transformer.ts";
import { routerNames } from "../nn/mixture.ts";
import { mlps } from "../nn/mlp.ts";
import { norms } from "../nn/norm.ts";
import { ruleFromSpec } from "../sample/rules/index.ts";
import { blockAligns } from "../system/denoisers/cached.ts";
import type { BlockAlign } from "../system/denoisers/cached.ts";
import { isLatent, systemOf } from "../system/index.ts";
import type { SystemKind } from "../system/system.ts";
import { count, epsilon, id, inFile, parseJson, readFields, size, stretch } from "./fields.ts";

export interface ModelConfig {
  readonly system: string;
  /** The system's options, every one of them. */
  readonly options: Readonly<Record<string, number | boolean | string>>;
  /** Length of the canvases it was trained on. */
  readonly length: number;
  readonly transformer: TransformerConfig;
  /** What is peculiar to a model that was trained elsewhere. */
  readonly published?: Published | undefined;
  /** How it writes where nothing else is asked for, in the place of its system's way. */
  readonly sampling?: SamplingHabits | undefined;
}

/** A model's own way to write. */
export interface SamplingHabits {
  /** As `--rule` writes it. */
  readonly rule?: string | undefined;
  /** Tokens that are finished before the next ones are opened. */
  readonly block?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
}

/** A published model's tokens and habits. */
export interface Published {
  readonly family: string;
  readonly maskId: number;
  /** The tokens that end a text; empty: the tokenizer's own. */
  readonly endIds: readonly number[];
  /** The token that begins a text where nothing else is given; null: there is none. */
  readonly beginId: number | null;
  /** Whether every text begins with it. Default: no. */
  readonly begins?: boolean | undefined;
  /** The reveal rule of its authors, as `--rule` writes it. Default: the system's. */
  readonly rule?: string | undefined;
  /** Where its blocks begin. Default: at the start. */
  readonly align?: BlockAlign | undefined;
}

/** Says that a folder is ours, where published checkpoints name their architecture. */
export const modelType = "unmask";

const keysOf = <T extends object>(table: T) =>
  z.enum(Object.keys(table) as [Extract<keyof T, string>, ...Extract<keyof T, string>[]]);

const rotaryScaling = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("linear"), factor: stretch }),
  z.object({
    kind: z.literal("llama3"),
    factor: stretch,
    lowFactor: stretch,
    highFactor: stretch,
    length: size,
  }),
]);

const mixture = z.object({
  experts: count,
  chosen: size,
  hidden: size,
  shared: size.optional(),
  layers: z.array(z.boolean()),
  router: z.enum(routerNames),
  bias: z.boolean(),
  groups: z.object({ count: size, kept: size }).optional(),
  scale: z.number().positive().optional(),
});

/** `quantized` of a network in fewer bits. */
export const quantization = z.union([
  z.object({ bits: z.literal(8) }),
  z.object({
    bits: z.literal(4),
    block: z.union([z.literal(16), z.literal(32), z.literal(64), z.literal(128)]),
  }),
]);

const schema = z.object({
  model_type: z.literal(modelType),
  system: z.string(),
  options: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])),
  length: size,
  transformer: z.object({
    vocabulary: size,
    layers: count,
    heads: size,
    keyValueHeads: size,
    width: size,
    hidden: size,
    norm: keysOf(norms),
    normEpsilon: epsilon,
    mlp: keysOf(mlps),
    mlpBias: z.boolean(),
    headSize: size.optional(),
    normBias: z.boolean().optional(),
    queryKeyValueBias: z.boolean().optional(),
    outputBias: z.boolean().optional(),
    queryKeyNorm: z.boolean().optional(),
    mixture: mixture.optional(),
    rotaryBase: stretch,
    rotarySize: size.optional(),
    rotaryScaling: rotaryScaling.optional(),
    learnedPositions: size.optional(),
    tied: z.boolean(),
    headBias: z.boolean().optional(),
    attention: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("bidirectional") }),
      z.object({ kind: z.literal("causal") }),
      z.object({ kind: z.literal("block"), size }),
    ]),
    conditionWidth: z.union([z.literal(0), size]),
    predictsNext: z.boolean().optional(),
    selfConditions: z.boolean().optional(),
    quantized: quantization.optional(),
  }),
  published: z
    .object({
      family: z.string(),
      maskId: id,
      endIds: z.array(id),
      beginId: id.nullable(),
      begins: z.boolean().optional(),
      rule: z.string().optional(),
      align: z.enum(blockAligns).optional(),
    })
    .optional(),
  sampling: z
    .strictObject({
      rule: z.string().optional(),
      block: size.optional(),
      temperature: z.number().nonnegative().optional(),
      topP: z.number().positive().max(1).optional(),
    })
    .optional(),
});

export function encodeConfig(config: ModelConfig): string {
  return `${JSON.stringify({ model_type: modelType, ...config }, undefined, 2)}\n`;
}

/** Largest configuration that is read, in bytes. */
export const longestConfig = 4_000_000;

/** Whether a `config.json` is one of ours, and not that of a published layout. */
export function isOwnConfig(text: string, where: string): boolean {
  const json = parseJson(text, where);
  return typeof json === "object" && json !== null && Reflect.get(json, "model_type") === modelType;
}

/** Whether a configuration, ours or not, names a latent system: it is read by `latent-folder.ts`. */
export function isLatentConfig(json: unknown): boolean {
  const named = z.object({ model_type: z.literal(modelType), system: z.string() }).safeParse(json);
  return named.success && isLatent(named.data.system);
}

/**
 * Reads and checks a `config.json`.
 *
 * @param where how errors name the file
 */
export function decodeConfig(text: string, where: string): ModelConfig {
  const said = readFields(schema, parseJson(text, where), where);
  const { system, length, transformer, published, sampling } = said;
  const { options } = inFile(where, () => systemOf(system, said.options));
  return checkConfig(
    {
      system,
      options,
      length,
      transformer,
      ...(published ? { published } : {}),
      ...(sampling ? { sampling } : {}),
    },
    where,
  );
}

/** Makes sure that the parts of a configuration fit together, whoever wrote it. */
export function checkConfig(config: ModelConfig, where: string): ModelConfig {
  const { transformer, published, sampling } = config;
  inFile(where, () => {
    checkTransformer(transformer);
    for (const rule of [published?.rule, sampling?.rule])
      if (rule !== undefined) ruleFromSpec(rule);
  });
  if (published) checkTokens(published, transformer.vocabulary, where);
  return config;
}

/** A mask behind the last token is none of the network's: nobody will read it. */
function checkTokens({ maskId, beginId }: Published, vocabulary: number, where: string): void {
  const wrong = (what: string, most: number, got: number): UnmaskError =>
    new UnmaskError(
      "corrupt",
      `${where}: the id of the ${what} must be from 0 to ${most}, got ${got}, and the vocabulary is ${vocabulary}`,
    );
  if (maskId > vocabulary) throw wrong("mask", vocabulary, maskId);
  if (beginId !== null && beginId >= vocabulary)
    throw wrong("token that begins a text", vocabulary - 1, beginId);
}

/** The system of a model, with its options and its own rule. */
export function kindOf({
  system,
  options,
  published,
}: Pick<ModelConfig, "system" | "options" | "published">): SystemKind {
  const kind = systemOf(system, options);
  return published?.rule === undefined ? kind : { ...kind, rule: published.rule };
}
