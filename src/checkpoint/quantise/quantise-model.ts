/**
 * A model in fewer bits, written matrix by matrix.
 *
 * Embeddings and linear layers are rounded. Norms and biases stay float32: they are small, and every other number depends on
 * them. Routers, learnt positions and time conditions become float16. A model whose output
 * layer is its embedding gets an output layer of its own, since the two are rounded differently.
 *
 * At 16 bits every number becomes a float16 in the file, and is computed with as float32: the model is the same.
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
import { narrowFloat16 } from "../half-floats.ts";
import { encodeConfig } from "../model-config.ts";
import type { ModelConfig } from "../model-config.ts";
import { modelFiles } from "../model-contents.ts";
import { createSafetensors } from "../safetensors-writer.ts";
import type { SafetensorsWriter } from "../safetensors-writer.ts";
import { planSafetensors } from "../safetensors.ts";
import type { PlannedTensor } from "../safetensors.ts";
import { writeAtomic } from "../write-atomic.ts";
import { checkRounded, scalesOf } from "./check-rounded.ts";
import type { Form } from "./check-rounded.ts";
import { roundInt4 } from "./round-int4.ts";
import { roundRows } from "./round-rows.ts";
import { turnRows } from "./turn-rows.ts";

export interface FloatModel {
  readonly config: ModelConfig;
  /** Each parameter, at hand or in its file. */
  readonly weights: Readonly<Record<string, Constant>>;
}

/** What numbers are rounded to: integers with scales, or floats. */
export type Precision = Quantization | { readonly bits: 16 };

export interface QuantiseOptions {
  readonly precision: Precision;
  /** Where `config.json` and `model.safetensors` are written; it exists. */
  readonly folder: string;
  /** Told now and then how many numbers of all are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Numbers that are in memory at a time, but for a layer of 8 bits, which is turned as a whole. */
const slabNumbers = 2 ** 22;

/**
 * Writes a quantised model's configuration and weights, and reads some of them back.
 *
 * @throws UnmaskError `usage` if the model is quantised, `corrupt` if a weight is no finite number, or if
 * what is read back is not what was written
 */
export async function quantiseModel(model: FloatModel, options: QuantiseOptions): Promise<void> {
  const { precision, folder } = options;
  const config = quantisedConfig(model.config, precision);
  const source = (name: string): Constant =>
    model.weights[name === "head.weight" && model.config.transformer.tied ? "embed.weight" : name]!;
  await writeRounded(
    {
      specs: quantisedTensors(config, precision),
      source,
      form: (name) => formOf(name, precision),
    },
    options,
  );
  await writeAtomic(join(folder, modelFiles.config), encodeConfig(config));
}

/** Weights to round. */
export interface Rounded {
  /** What is written, in its order. */
  readonly specs: Readonly<Record<string, PlannedTensor>>;
  readonly source: (name: string) => Constant;
  /** Of those that become integers. */
  readonly form: (name: string) => Form;
}

/** Forms of those that stay floats, by their dtype. */
const floatForms: Partial<Record<PlannedTensor["dtype"], Form>> = {
  float32: "floats",
  float16: "halves",
};

/** Writes `model.safetensors`, weight after weight, and reads some of each back. */
export async function writeRounded(
  { specs, source, form: formOfWeight }: Rounded,
  { folder, onProgress, signal }: Omit<QuantiseOptions, "precision">,
): Promise<void> {
  const names = Object.keys(specs).filter((name) => !isScales(name));
  const total = names.reduce((sum, name) => sum + elementCount(source(name).shape), 0);
  let done = 0;
  const writer = await createSafetensors(join(folder, modelFiles.weights), specs, { format: "pt" });
  try {
    for (const name of names) {
      const form = floatForms[specs[name]!.dtype] ?? formOfWeight(name);
      const job = { name, source: source(name), writer };
      for await (const count of roundingTo(form)(job)) {
        done += count;
        onProgress?.(done, total);
        signal?.throwIfAborted();
      }
      await checkRounded({ name, source: job.source, form, read: writer.read });
    }
  } catch (error) {
    await writer.discard();
    throw error;
  }
  await writer.finish();
}

/** Bytes of the weights that `quantiseModel` writes. */
export const quantisedBytes = (config: ModelConfig, precision: Precision): number =>
  planSafetensors(quantisedTensors(quantisedConfig(config, precision), precision)).bytes;

function quantisedConfig(config: ModelConfig, precision: Precision): ModelConfig {
  const { transformer } = config;
  checkUnrounded(transformer.quantized);
  if (precision.bits === 16) return config;
  return { ...config, transformer: { ...transformer, tied: false, quantized: precision } };
}

/** @throws UnmaskError `usage` for a model that is quantised already */
export function checkUnrounded(quantized: Quantization | undefined): void {
  if (quantized)
    throw new UnmaskError(
      "usage",
      `quantise: needs a model of floats, got one of ${quantized.bits} bits; ` +
        "quantise the model that it was made from",
    );
}

/** All tensors of a quantised model. */
const quantisedTensors = (
  { transformer }: ModelConfig,
  precision: Precision,
): Record<string, PlannedTensor> => plannedTensors(transformerParameters(transformer), precision);

/**
 * A quantised network's parameters as they are written; the wider ones first, so that all lie at multiples of their width.
 *
 * @param isExact those that stay float32 whatever the precision
 */
export function plannedTensors(
  specs: ParameterSpecs,
  { bits }: Precision,
  isExact: (name: string) => boolean = () => false,
): Record<string, PlannedTensor> {
  const dtypeOf = (name: string): PlannedTensor["dtype"] => {
    const { shape, dtype } = specs[name]!;
    if (dtype !== undefined && dtype !== "float32") return dtype;
    if (isScales(name) || isExact(name)) return "float32";
    // A matrix of floats is no small thing: a network that is told the time has more of it than of integers.
    return bits === 16 || shape.length > 1 ? "float16" : "float32";
  };
  const planned = Object.entries(specs).map(
    ([name, { shape }]) => [name, { shape, dtype: dtypeOf(name) }] as const,
  );
  const rank = ({ dtype }: PlannedTensor): number =>
    dtype === "float32" ? 0 : dtype === "float16" ? 1 : 2;
  return Object.fromEntries(planned.toSorted(([, a], [, b]) => rank(a) - rank(b)));
}

const isScales = (name: string): boolean => name.endsWith(".scales");

interface Job {
  readonly name: string;
  readonly source: Constant;
  readonly writer: SafetensorsWriter;
}

/** Rounds a slab of rows and puts it where it belongs. */
type Rounding = (job: Job) => AsyncGenerator<number>;

/** How a matrix is kept in integers: an embedding by rows; a linear layer by its outputs, or their blocks. */
export function formOf(name: string, precision: Precision): Form {
  if (precision.bits === 16) return "halves";
  if (/(^|\.)embed\.weight$/.test(name)) return "rows";
  return precision.bits === 8 ? "columns" : { block: precision.block };
}

function roundingTo(form: Form): Rounding {
  if (typeof form === "object") return roundBlocks(form.block);
  return { floats: widen, halves: narrow, rows: roundByRows, columns: roundToColumns }[form];
}

/** A constant's rows a slab at a time, with the number of the first. */
async function* slabs({
  name,
  source,
}: Job): AsyncGenerator<{ values: Float32Array; first: number }> {
  const [rows, ...rest] = source.shape as [number, ...number[]];
  const width = elementCount(rest);
  const step = Math.max(1, Math.floor(slabNumbers / width));
  for (let first = 0; first < rows; first += step) {
    const part = rowsOf(source, [first, Math.min(rows, first + step)]);
    const { data } = await loadConstant(part, `weight "${name}"`);
    const values = data instanceof Float32Array ? data : new Float32Array(data);
    if (!areFinite(values))
      throw new UnmaskError(
        "corrupt",
        `quantise: weight "${name}" must be finite numbers, got others`,
      );
    yield { values, first };
  }
}

/** A plain loop: `every` takes ten times as long. */
function areFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}

async function* roundByRows(job: Job): AsyncGenerator<number> {
  const { name, source, writer } = job;
  const width = source.shape[1]!;
  for await (const { values, first } of slabs(job)) {
    const { weight, scales } = roundRows(values, width);
    await writer.write(name, weight, first * width);
    await writer.write(scalesOf(name), scales, first);
    yield values.length;
  }
}

async function* roundToColumns(job: Job): AsyncGenerator<number> {
  const { name, source, writer } = job;
  const [outputs, width] = source.shape as [number, number];
  const into = new Int8Array(outputs * width);
  for await (const { values, first } of slabs(job)) {
    const { weight, scales } = roundRows(values, width);
    turnRows(weight, width, { into, columns: outputs, first });
    await writer.write(scalesOf(name), scales, first);
    yield values.length;
  }
  await writer.write(name, into);
}

const roundBlocks = (block: number): Rounding =>
  async function* (job) {
    const { name, source, writer } = job;
    const width = source.shape[1]!;
    const blocks = Math.ceil(width / block);
    for await (const { values, first } of slabs(job)) {
      const { weight, scales } = roundInt4(values, width, block);
      await writer.write(name, weight, (first * blocks * block) / 2);
      await writer.write(scalesOf(name), scales, first * blocks);
      yield values.length;
    }
  };

/** Floats of fewer bits become float32; nothing else changes. */
async function* widen(job: Job): AsyncGenerator<number> {
  const width = elementCount(job.source.shape.slice(1));
  for await (const { values, first } of slabs(job)) {
    await job.writer.write(job.name, values, first * width);
    yield values.length;
  }
}

async function* narrow(job: Job): AsyncGenerator<number> {
  const width = elementCount(job.source.shape.slice(1));
  for await (const { values, first } of slabs(job)) {
    const halves = narrowFloat16(values);
    if (halves === undefined)
      throw new UnmaskError(
        "usage",
        `quantise: weight "${job.name}" has numbers beyond 65504, which float16 can't hold; take another`,
      );
    await job.writer.write(job.name, halves, first * width);
    yield values.length;
  }
}
