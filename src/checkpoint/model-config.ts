/**
 * `config.json` of a model folder: which system, which backbone, on which canvases it was trained.
 *
 * @module
 */
import { z } from "zod";
import { UnmaskError } from "../errors.ts";
import { checkTransformer } from "../model/transformer.ts";
import type { TransformerConfig } from "../model/transformer.ts";
import { mlps } from "../nn/mlp.ts";
import { norms } from "../nn/norm.ts";
import { systemOf } from "../system/index.ts";
import type { SystemKind } from "../system/system.ts";

export interface ModelConfig {
  readonly system: string;
  /** The system's options, every one of them. */
  readonly options: Readonly<Record<string, number | boolean | string>>;
  /** Length of the canvases it was trained on. */
  readonly length: number;
  readonly transformer: TransformerConfig;
}

/** Says that a folder is ours, where published checkpoints name their architecture. */
const modelType = "unmask";

const size = z.int().min(1);
const keysOf = <T extends object>(table: T) =>
  z.enum(Object.keys(table) as [Extract<keyof T, string>, ...Extract<keyof T, string>[]]);

const schema = z.object({
  model_type: z.literal(modelType),
  system: z.string(),
  options: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])),
  length: size,
  transformer: z.object({
    vocabulary: size,
    layers: size,
    heads: size,
    keyValueHeads: size,
    width: size,
    hidden: size,
    norm: keysOf(norms),
    normEpsilon: z.number().positive(),
    mlp: keysOf(mlps),
    mlpBias: z.boolean(),
    rotaryBase: z.number().positive(),
    tied: z.boolean(),
    headBias: z.boolean().optional(),
    attention: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("bidirectional") }),
      z.object({ kind: z.literal("causal") }),
      z.object({ kind: z.literal("block"), size }),
    ]),
    conditionWidth: z.int().min(0),
  }),
});

export function encodeConfig(config: ModelConfig): string {
  return `${JSON.stringify({ model_type: modelType, ...config }, undefined, 2)}\n`;
}

/**
 * Reads and checks a `config.json`.
 *
 * @param where how errors name the file
 */
export function decodeConfig(text: string, where: string): ModelConfig {
  const parsed = schema.safeParse(parseJson(text, where));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue!.path.join(".") || "the whole";
    throw new UnmaskError("corrupt", `${where}: ${field}: ${issue!.message}`);
  }
  const { system, length, transformer } = parsed.data;
  const { options } = inFile(where, () => systemOf(system, parsed.data.options));
  checkTransformer(transformer);
  return { system, options, length, transformer };
}

/** The system of a model, with its options. */
export const kindOf = ({ system, options }: Pick<ModelConfig, "system" | "options">): SystemKind =>
  systemOf(system, options);

/** What is wrong with a name or an option in a file is the file's fault. */
function inFile<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!UnmaskError.is(cause)) throw cause;
    throw new UnmaskError("corrupt", `${where}: ${cause.message}`, { cause });
  }
}

/** JSON, or an error that names the file. */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnmaskError("corrupt", `${where}: not JSON: ${(cause as Error).message}`, { cause });
  }
}
