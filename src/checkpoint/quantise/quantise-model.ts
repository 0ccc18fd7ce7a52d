/**
 * A model in fewer bits, written matrix by matrix.
 *
 * Embeddings and linear layers are rounded. Norms, biases, routers, learnt positions and time
 * conditions stay float32: they are small, and every other number depends on them. A model whose output
 * layer is its embedding gets an output layer of its own, since the two are rounded differently.
 *
 * @module
 */
import { join } from "node:path";
import { UnmaskError } from "../../errors.ts";
import { transformerParameters } from "../../model/transformer.ts";
import type { Quantization } from "../../nn/linear.ts";
import type { ParameterSpecs } from "../../nn/parameter.ts";
import { elementCount } from "../../tensor/index.ts";
import type { Constant } from "../../tensor/index.ts";
import { loadConstant, rowsOf } from "../constants.ts";
import { encodeConfig } from "../model-config.ts";
import type { ModelConfig } from "../model-config.ts";
import { modelFiles } from "../model-folder.ts";
import { createSafetensors } from "../safetensors-writer.ts";
import type { SafetensorsWriter } from "../safetensors-writer.ts";
import { planSafetensors } from "../safetensors.ts";
import { writeAtomic } from "../write-atomic.ts";
import { checkQuantised } from "./check-quantised.ts";
import { roundInt4 } from "./round-int4.ts";
import { roundRows } from "./round-rows.ts";
import { turnRows } from "./turn-rows.ts";

export interface FloatModel {
  readonly config: ModelConfig;
  /** Each parameter, at hand or in its file. */
  readonly weights: Readonly<Record<string, Constant>>;
}

export interface QuantiseOptions {
  readonly quantization: Quantization;
  /** Where `config.json` and `model.safetensors` are written; it exists. */
  readonly folder: string;
  /** Told now and then how many numbers of all are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Numbers that are in memory at a time, but for a layer of 8 bits, which is turned as a whole. */
const slabNumbers = 2 ** 22;

/**
 * Writes a quantised model's configuration and weights, and makes sure that what lies there is the
 * original but for the rounding.
 *
 * @throws UnmaskError `usage` if the model is quantised, `corrupt` if a weight is no finite number
 */
export async function quantiseModel(model: FloatModel, options: QuantiseOptions): Promise<void> {
  const { quantization, folder, onProgress, signal } = options;
  const config = quantisedConfig(model.config, quantization);
  const specs = quantisedTensors(config);
  const source = (name: string): Constant =>
    model.weights[name === "head.weight" && model.config.transformer.tied ? "embed.weight" : name]!;
  const names = Object.keys(specs).filter((name) => !isScales(name));
  const total = names.reduce((sum, name) => sum + elementCount(source(name).shape), 0);
  let done = 0;
  const writer = await createSafetensors(join(folder, modelFiles.weights), specs, { format: "pt" });
  try {
    for (const name of names) {
      const rounding = specs[name]!.dtype === undefined ? undefined : roundingOf(name, quantization);
      const job = { name, source: source(name), writer };
      const steps = rounding ? quantiseMatrix(job, rounding) : widen(job);
      for await (const count of steps) {
        done += count;
        onProgress?.(done, total);
        signal?.throwIfAborted();
      }
    }
  } catch (error) {
    await writer.discard();
    throw error;
  }
  await writer.finish();
  await checkQuantised({ folder, config, source });
  await writeAtomic(join(folder, modelFiles.config), encodeConfig(config));
}

/** Bytes of the weights that `quantiseModel` writes. */
export const quantisedBytes = (config: ModelConfig, quantization: Quantization): number =>
  planSafetensors(quantisedTensors(quantisedConfig(config, quantization))).bytes;

function quantisedConfig(config: ModelConfig, quantized: Quantization): ModelConfig {
  const { transformer } = config;
  if (transformer.quantized)
    throw new UnmaskError(
      "usage",
      `quantise: needs a model of floats, got one of ${transformer.quantized.bits} bits; ` +
        "quantise the model that it was made from",
    );
  return { ...config, transformer: { ...transformer, tied: false, quantized } };
}

/** All tensors of a quantised model; floats first, so that they lie at multiples of their width. */
function quantisedTensors({ transformer }: ModelConfig) {
  const specs: ParameterSpecs = transformerParameters(transformer);
  const isFloat = (name: string) => specs[name]!.dtype === undefined;
  const names = Object.keys(specs);
  return Object.fromEntries(
    [...names.filter(isFloat), ...names.filter((name) => !isFloat(name))].map((name) => {
      const { shape, dtype = "float32" } = specs[name]!;
      return [name, { shape, dtype }] as const;
    }),
  );
}

const isScales = (name: string): boolean => name.endsWith(".scales");

interface Rounding {
  readonly round: (
    values: Float32Array,
    width: number,
  ) => { readonly weight: Int8Array | Uint8Array; readonly scales: Float32Array };
}
