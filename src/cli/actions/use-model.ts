/**
 * `--model` as a model that is ready to write.
 *
 * @module
 */
import { readModel } from "../../checkpoint/model-folder.ts";
import type { ModelContents } from "../../checkpoint/model-contents.ts";
import { openModel } from "../../generate/model.ts";
import type { UsableModel } from "../../generate/model.ts";
import type { CacheKind } from "../../system/denoisers/index.ts";
import { useDevice } from "./use-device.ts";
import type { DeviceValues } from "./use-device.ts";

/** `--model` and what it takes to read it. */
export interface ModelValues {
  readonly model: string;
  readonly as?: string | undefined;
  readonly tokenizer?: string | undefined;
}

/** Reads the model that was asked for. */
export const readModelOf = ({ model, as, tokenizer }: ModelValues): Promise<ModelContents> =>
  readModel(model, { system: as, tokenizer });

/** Reads a model and makes it ready on a device. */
export async function useModel(
  values: DeviceValues & ModelValues & { readonly cache?: CacheKind | undefined },
): Promise<UsableModel> {
  const contents = await readModelOf(values);
  const { model: name, cache } = values;
  return openModel(contents, { name, runtime: await useDevice(values), cache });
}

/** The seed that was asked for, or a new one to report. */
export function seedOf(values: { seed?: number | undefined }): number {
  return values.seed ?? Math.floor(performance.timeOrigin % 2 ** 31);
}
