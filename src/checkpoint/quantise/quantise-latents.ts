/**
 * A latent system's model in fewer bits: its three networks like every other (`quantise-model.ts`). The mean and the
 * deviation of its latents stay float32: they are small, and every latent depends on them.
 *
 * @module
 */
import { join } from "node:path";
import {
  encodeLatentConfig,
  isMoment,
  latentParameters,
  latentSystemAt,
} from "../latent-contents.ts";
import type { LatentConfig, LatentContents } from "../latent-contents.ts";
import { modelFiles } from "../model-contents.ts";
import { planSafetensors } from "../safetensors.ts";
import type { PlannedTensor } from "../safetensors.ts";
import { writeAtomic } from "../write-atomic.ts";
import { checkUnrounded, formOf, plannedTensors, writeRounded } from "./quantise-model.ts";
import type { Precision, QuantiseOptions } from "./quantise-model.ts";

/**
 * Writes the configuration and the weights.
 *
 * @throws UnmaskError `usage` if the model is quantised, `corrupt` if a weight is no finite number
 */
export async function quantiseLatents(
  model: LatentContents,
  { precision, ...options }: QuantiseOptions,
): Promise<void> {
  const config = quantisedConfig(model.config, precision);
  await writeRounded(
    {
      specs: quantisedTensors(model, precision),
      source: (name) => model.weights[name]!,
      form: (name) => formOf(name, precision),
    },
    options,
  );
  await writeAtomic(join(options.folder, modelFiles.config), encodeLatentConfig(config));
}

/** Bytes of the weights that `quantiseLatents` writes. */
export const quantisedLatentBytes = (model: LatentContents, precision: Precision): number =>
  planSafetensors(quantisedTensors(model, precision)).bytes;

function quantisedConfig(config: LatentConfig, precision: Precision): LatentConfig {
  const { network } = config;
  checkUnrounded(network.quantized);
  if (precision.bits === 16) return config;
  return { ...config, network: { ...network, quantized: precision } };
}

/** All tensors of a quantised model. */
function quantisedTensors(
  { config, tokenizer, ...parts }: LatentContents,
  precision: Precision,
): Record<string, PlannedTensor> {
  const { system } = latentSystemAt(quantisedConfig(config, precision), tokenizer);
  return plannedTensors(latentParameters(system, parts), precision, isMoment);
}
