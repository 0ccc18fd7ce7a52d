/**
 * `--model` and the sampling options, as what `sample()` takes.
 *
 * @module
 */
import { kindOf } from "../../checkpoint/model-config.ts";
import { readModel } from "../../checkpoint/model-folder.ts";
import type { ModelContents } from "../../checkpoint/model-folder.ts";
import { UnmaskError } from "../../errors.ts";
import type { Denoiser } from "../../sample/denoiser.ts";
import { guided, withoutGiven } from "../../sample/guide.ts";
import { processorsOf } from "../../sample/processor.ts";
import type { ProcessorOptions } from "../../sample/processor.ts";
import { ruleFromSpec } from "../../sample/rules/index.ts";
import type { SampleOptions } from "../../sample/sample.ts";
import type { OpenDenoiser } from "../../system/denoisers/cached.ts";
import { isApproximate, openDenoisers } from "../../system/denoisers/index.ts";
import type { CacheKind } from "../../system/denoisers/index.ts";
import type { SystemKind } from "../../system/system.ts";
import { randomKey, splitKey } from "../../tensor/index.ts";
import type { Runtime } from "../../tensor/index.ts";
import { useDevice } from "./use-device.ts";
import type { DeviceValues } from "./use-device.ts";

export interface UsableModel extends ModelContents {
  readonly name: string;
  readonly kind: SystemKind;
  /** A denoiser for one `sample()` that starts from this canvas. */
  readonly denoiser: OpenDenoiser;
  /** Whether what a denoiser keeps between passes is only nearly right. */
  readonly approximate: boolean;
}

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
  return openModel(contents, values.model, await useDevice(values), values.cache);
}

/** Makes a model ready for sampling. */
export async function openModel(
  contents: ModelContents,
  name: string,
  runtime: Runtime,
  cache: CacheKind = "exact",
): Promise<UsableModel> {
  const { transformer, length, published } = contents.config;
  const kind = kindOf(contents.config);
  const denoiser = await openDenoisers({
    ...contents,
    runtime,
    kind,
    config: transformer,
    length,
    // What begins a published model's text is part of its prompt.
    ...(published ? { beginId: null, align: published.align } : {}),
    cache,
  });
  return { ...contents, name, kind, denoiser, approximate: isApproximate(cache) };
}

/** Refuses a model that sees nothing to the right of what is filled: a hole, a place. */
export function needBothSides(verb: string, what: string, { kind }: UsableModel): void {
  if (kind.infills) return;
  throw new UnmaskError(
    "usage",
    `${verb}: needs a model that sees both sides of ${what}, got the system ${kind.name}, ` +
      `which only continues; use a diffusion model`,
  );
}

/** A prompt's tokens, behind the token that begins a text where the model wants one. */
export function promptTokens({ config, tokenizer }: ModelContents, text: string): Int32Array {
  const tokens = tokenizer.encode(text);
  const { published, transformer } = config;
  if (!published || published.beginId === null) return tokens;
  // A causal network has nothing to go on but what is given.
  const needed = tokens.length === 0 && transformer.attention.kind === "causal";
  return published.begins || needed ? Int32Array.of(published.beginId, ...tokens) : tokens;
}

export interface SamplingValues {
  readonly steps?: number | undefined;
  readonly rule?: string | undefined;
  readonly block?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
  readonly minP?: number | undefined;
  readonly repetitionPenalty?: number | undefined;
  readonly noRepeat?: number | undefined;
  readonly guidance?: number | undefined;
}

/** `sample()`'s options for one canvas, as they follow from flags and the system's own habits. */
export function samplingOptions(
  model: Pick<UsableModel, "kind" | "denoiser" | "approximate">,
  values: SamplingValues,
  text: { seed: number; index: number; canvas: Int32Array },
): SampleOptions {
  const { steps, rule = model.kind.rule, block, guidance = 0 } = values;
  const { canvas } = text;
  return {
    denoiser: guidance > 0 ? guidedDenoiser(model, guidance, canvas) : model.denoiser(canvas),
    canvas,
    rule: ruleFromSpec(rule),
    steps,
    block,
    processors: processorsOf(pickProcessors(values)),
    key: splitKey(randomKey(text.seed), "sample", text.index),
  };
}

/** The model with guidance, where its network can do without the given text. */
function guidedDenoiser(
  { kind, denoiser: open, approximate }: Pick<UsableModel, "kind" | "denoiser" | "approximate">,
  scale: number,
  canvas: Int32Array,
): Denoiser {
  const denoiser = open(canvas);
  const { maskId } = denoiser;
  if (kind.attention.kind !== "bidirectional")
    throw new UnmaskError(
      "usage",
      `guidance: needs a model that can read masks in place of the given text, got the system ${kind.name}, ` +
        `which only learnt to go on from finished text; leave --guidance out`,
    );
  if (approximate)
    throw new UnmaskError(
      "usage",
      "guidance: asks about two canvases in turn, but an approximate cache remembers one; leave --guidance or --cache out",
    );
  if (canvas.every((token) => token === maskId))
    throw new UnmaskError(
      "usage",
      `guidance: needs given text that is to count for more, got none; give a prompt, or leave --guidance out`,
    );
  const unconditional = withoutGiven(canvas, maskId);
  return guided({ denoiser, scale, unconditional });
}

function pickProcessors(values: SamplingValues): ProcessorOptions {
  const { temperature, topK, topP, minP, repetitionPenalty, noRepeat } = values;
  return { temperature, topK, topP, minP, repetitionPenalty, noRepeat };
}

/** The seed that was asked for, or a new one to report. */
export function seedOf(values: { seed?: number | undefined }): number {
  return values.seed ?? Math.floor(performance.timeOrigin % 2 ** 31);
}
