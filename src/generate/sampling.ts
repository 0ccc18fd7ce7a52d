/**
 * How open places are filled, as `sample()` takes it.
 *
 * @module
 */
import type { ModelConfig, SamplingHabits } from "../checkpoint/model-config.ts";
import { UnmaskError } from "../errors.ts";
import type { Denoiser } from "../sample/denoiser.ts";
import { guided, withoutGiven } from "../sample/guide.ts";
import { processorsOf } from "../sample/processor.ts";
import type { ProcessorOptions } from "../sample/processor.ts";
import { ruleFromSpec } from "../sample/rules/index.ts";
import type { SampleOptions } from "../sample/sample.ts";
import { randomKey, splitKey } from "../tensor/index.ts";
import type { UsableModel } from "./model.ts";
import type { Sampling } from "./task.ts";

/**
 * `sample()`'s options for one canvas: what was asked for, then the model's habits (`sampling` in its `config.json`), then its
 * system's.
 */
export function samplingOptions(
  model: Pick<UsableModel, "kind" | "denoiser" | "approximate"> & {
    readonly config: Pick<ModelConfig, "sampling">;
  },
  asked: Sampling,
  text: {
    seed: number;
    index: number;
    canvas: Int32Array;
    /** Places whose tokens are given, but may be rewritten. */
    revise?: Int32Array | undefined;
  },
): SampleOptions {
  const { canvas, revise } = text;
  const values = withHabits(asked, model.config.sampling, revise !== undefined);
  const { steps, block, guidance = 0 } = values;
  const denoiser = guidance > 0 ? guidedDenoiser(model, guidance, canvas) : model.denoiser(canvas);
  const usual = revise ? revisingRule(model.kind.rule, denoiser) : model.kind.rule;
  return {
    denoiser,
    canvas,
    revise,
    rule: ruleFromSpec(values.rule ?? usual),
    steps,
    block,
    processors: processorsOf(pickProcessors(values)),
    key: splitKey(randomKey(text.seed), "sample", text.index),
  };
}

/** What isn't asked for as the model has it. A block belongs to a rule, and neither is for a text that stands already. */
function withHabits(
  asked: Sampling,
  { rule, block, ...habits }: SamplingHabits = {},
  revises: boolean,
): Sampling {
  const chosen = Object.fromEntries(
    Object.entries(asked).filter(([, value]) => value !== undefined),
  );
  const way = asked.rule === undefined && !revises ? { rule, block } : {};
  return { ...habits, ...way, ...chosen };
}

/** A model that writes as its system does, without habits of its own: what measurements are about. */
export const withoutHabits = <Model extends { readonly config: ModelConfig }>(
  model: Model,
): Model => ({
  ...model,
  config: { ...model.config, sampling: undefined },
});

/** A system's own rule where it rewrites what stands; otherwise the one that is made for its process. */
function revisingRule(own: string, { process }: Denoiser): string {
  if (!ruleFromSpec(own).keepsRevealed) return own;
  return process?.keepsRevealed === false ? "self-correct" : "joint-threshold";
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

function pickProcessors(values: Sampling): ProcessorOptions {
  const { temperature, topK, topP, minP, repetitionPenalty, noRepeat } = values;
  return { temperature, topK, topP, minP, repetitionPenalty, noRepeat };
}
