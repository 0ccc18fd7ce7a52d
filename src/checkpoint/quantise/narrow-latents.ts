/**
 * A latent system's model in float16, weight by weight. The mean and the deviation of its latents stay float32: they
 * are small, and every latent depends on them. Numbers are computed with as float32: the model is the same.
 *
 * @module
 */
import { join } from "node:path";
import { UnmaskError } from "../../errors.ts";
import { encodeLatentConfig, isMoment } from "../latent-folder.ts";
import type { LatentContents } from "../latent-folder.ts";
import { modelFiles } from "../model-contents.ts";
import { planSafetensors } from "../safetensors.ts";
import type { PlannedTensor } from "../safetensors.ts";
import { writeAtomic } from "../write-atomic.ts";
import { writeRounded } from "./quantise-model.ts";
import type { QuantiseOptions } from "./quantise-model.ts";

type Narrowed = Pick<LatentContents, "config" | "weights">;

/**
 * Writes the configuration and the weights.
 *
 * @throws UnmaskError `usage` for integers, `corrupt` if a weight is no finite number
 */
export async function narrowLatents(
  { config, weights }: Narrowed,
  { precision, ...options }: QuantiseOptions,
): Promise<void> {
  if (precision.bits !== 16)
    throw new UnmaskError(
      "usage",
      `quantise: the networks of the system ${config.system} can be rounded to float16 only, got ${precision.bits} bits`,
    );
  const specs = narrowedTensors({ weights });
  const source = (name: string) => weights[name]!;
  await writeRounded({ specs, source, form: () => "halves" }, options);
  await writeAtomic(join(options.folder, modelFiles.config), encodeLatentConfig(config));
}

/** Bytes of the weights that `narrowLatents` writes. */
export const narrowedBytes = (model: Pick<Narrowed, "weights">): number =>
  planSafetensors(narrowedTensors(model)).bytes;

/** Floats first, so that they lie at multiples of their width. */
function narrowedTensors({ weights }: Pick<Narrowed, "weights">): Record<string, PlannedTensor> {
  const names = Object.keys(weights);
  const ordered = [...names.filter(isMoment), ...names.filter((name) => !isMoment(name))];
  return Object.fromEntries(
    ordered.map((name) => {
      const dtype = isMoment(name) ? "float32" : "float16";
      return [name, { shape: weights[name]!.shape, dtype }] as const;
    }),
  );
}
