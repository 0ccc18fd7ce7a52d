/**
 * Layouts of published checkpoints: what a `config.json` of a family says, and under which names its
 * tensors lie.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { z } from "zod";
import { id, readFields } from "../fields.ts";
import type { ModelConfig } from "../model-config.ts";

/** Where a parameter lies in a checkpoint. */
export interface Source {
  readonly tensor: string;
  /** Stored [inputs, outputs], not [outputs, inputs]. Default: no. */
  readonly turned?: boolean | undefined;
  /** Only these of its outputs, from the first to behind the last: one of several fused matrices. */
  readonly rows?: readonly [number, number] | undefined;
}

/** A checkpoint, as its `config.json` describes it. */
export interface Layout {
  readonly config: ModelConfig;
  /** The source of a parameter, by our name for it. */
  readonly source: (parameter: string) => Source;
  /** Begins all names, or none: some writers put it there, some don't. */
  readonly prefix?: string | undefined;
  /** Names, without the prefix, of tensors that are no weights. */
  readonly ignored?: RegExp | undefined;
}

/** The settings that are not in `config.json`. */
export interface LayoutContext {
  /** How errors name the file. */
  readonly where: string;
  /** The contents of `generation_config.json`; empty where there is none. */
  readonly generation: Readonly<Record<string, unknown>>;
  /** A system that was asked for, where a layout leaves it open. */
  readonly system?: string | undefined;
}

/** The file with a model's settings for sampling. */
export const generationFile = "generation_config.json";

/** A family of published models. */
export interface Family {
  readonly name: string;
  /** Values of `model_type` that it reads, for error messages. */
  readonly types: readonly string[];
  recognises(config: Readonly<Record<string, unknown>>): boolean;
  layout(config: Readonly<Record<string, unknown>>, context: LayoutContext): Layout;
}

/** A configuration by its schema; the first field that doesn't fit is named, with what it holds. */
export const readLayout = <T>(
  schema: z.ZodType<T>,
  config: Readonly<Record<string, unknown>>,
  where: string,
): T => readFields(schema, config, where, "this layout is not supported");

/** The same for the file beside it. */
export const readGeneration = <T>(schema: z.ZodType<T>, { generation, where }: LayoutContext): T =>
  readLayout(schema, generation, join(dirname(where), generationFile));

const ids = z.union([id, z.array(id).max(64)]);
const endFields = z.looseObject({ eos_token_id: ids.nullish() });

/** The tokens that end a text: those of the generation config, else of the config. */
export function endIdsOf(
  config: Readonly<Record<string, unknown>>,
  context: LayoutContext,
): readonly number[] {
  const given =
    readGeneration(endFields, context).eos_token_id ??
    readLayout(endFields, config, context.where).eos_token_id;
  return [given ?? []].flat();
}

/**
 * Sources by a table of names in which `*` stands for a number:
 * `{ "blocks.*.norm1.weight": "model.layers.*.input_layernorm.weight" }`.
 */
export function sourcesBy(
  table: Readonly<Record<string, string | ((layer: number) => Source)>>,
): Layout["source"] {
  return (parameter) => {
    const numbers = parameter.match(/(?<=\.)\d+(?=\.)/g) ?? [];
    const line = table[parameter.replaceAll(/(?<=\.)\d+(?=\.)/g, "*")];
    if (line === undefined) throw new Error(`the layout has no name for ${parameter}`);
    const filled = (name: string): string => {
      let next = 0;
      return name.replaceAll("*", () => numbers[next++]!);
    };
    if (typeof line === "string") return { tensor: filled(line) };
    const source = line(Number(numbers[0] ?? 0));
    return { ...source, tensor: filled(source.tensor) };
  };
}
