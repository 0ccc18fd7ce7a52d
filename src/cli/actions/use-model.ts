/**
 * `--model` and the sampling options, as what `sample()` takes.
 *
 * @module
 */
import { readModel } from "../../checkpoint/model-folder.ts";
import type { ModelContents } from "../../checkpoint/model-folder.ts";
import type { Denoiser } from "../../sample/denoiser.ts";
import { picker } from "../../sample/pick.ts";
import type { Rule } from "../../sample/rule.ts";
import { createRule, rules } from "../../sample/rules/index.ts";
import type { SampleOptions } from "../../sample/sample.ts";
import { openDenoisers } from "../../system/denoisers/index.ts";
import { systemOf } from "../../system/index.ts";
import type { SystemKind } from "../../system/system.ts";
import { randomKey, splitKey } from "../../tensor/index.ts";
import { lookUp } from "../../errors.ts";
import type { Variant } from "../../variant.ts";
import { useDevice } from "./use-device.ts";
import type { DeviceValues } from "./use-device.ts";

export interface UsableModel extends ModelContents {
  readonly name: string;
  readonly kind: SystemKind;
  /** A denoiser for one `sample()`. */
  readonly denoiser: () => Denoiser;
}

/** Reads a model and makes it ready on a device. */
export async function useModel(values: DeviceValues & { model: string }): Promise<UsableModel> {
  const contents = await readModel(values.model);
  const { config, weights, tokenizer } = contents;
  const runtime = await useDevice(values);
  const { system, transformer, length } = config;
  const denoiser = await openDenoisers({
    runtime,
    system,
    config: transformer,
    length,
    weights,
    tokenizer,
  });
  return { ...contents, name: values.model, kind: systemOf(system), denoiser };
}

export interface SamplingValues {
  readonly steps?: number | undefined;
  readonly rule?: string | undefined;
  readonly block?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
  readonly minP?: number | undefined;
}

/** The part of `sample()`'s options that follows from flags and the system's own habits. */
export function samplingOptions(
  { kind, config, denoiser }: UsableModel,
  values: SamplingValues,
  text: { seed: number; index: number },
): Omit<SampleOptions, "canvas"> {
  const { steps, rule = kind.rule, block, temperature, topK, topP, minP } = values;
  return {
    denoiser: denoiser(),
    rule: ruleFor(rule, config.schedule),
    steps,
    block,
    pick: picker({ temperature, topK, topP, minP }),
    key: splitKey(randomKey(text.seed), "sample", text.index),
  };
}

/** A rule that walks along a noise schedule walks along the model's. */
function ruleFor(name: string, schedule: string | undefined): Rule {
  const { options } = lookUp<Variant<Rule>>("rule", name, rules).docs;
  const follows = schedule !== undefined && Object.hasOwn(options, "schedule");
  return createRule(name, follows ? { schedule } : {});
}

/** The seed that was asked for, or a new one to report. */
export function seedOf(values: { seed?: number | undefined }): number {
  return values.seed ?? Math.floor(performance.timeOrigin % 2 ** 31);
}
