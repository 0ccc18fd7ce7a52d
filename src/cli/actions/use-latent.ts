/**
 * `--model` of a latent system, as what `plan()` takes.
 *
 * @module
 */
import { readLatentModel } from "../../checkpoint/latent-folder.ts";
import type { LatentContents } from "../../checkpoint/latent-folder.ts";
import { UnmaskError } from "../../errors.ts";
import type { PlanReader } from "../../evaluate/plan-likelihood.ts";
import type { LatentDenoiser } from "../../sample/denoise.ts";
import type { Planner, PlanOptions } from "../../sample/plan.ts";
import { processorsOf } from "../../sample/processor.ts";
import { say } from "../../sample/say.ts";
import { openEmbedder, openLatentDenoiser, openTeller } from "../../system/denoisers/latent.ts";
import type { LatentModel, Teller } from "../../system/denoisers/latent.ts";
import type { Sampling } from "../../generate/task.ts";
import { randomKey, splitKey } from "../../tensor/index.ts";
import type { Runtime } from "../../tensor/index.ts";
import { flagOf } from "../flag.ts";
import { planningOptions as latentFlags } from "../verbs/shared-options.ts";
import { useDevice } from "./use-device.ts";
import type { DeviceValues } from "./use-device.ts";

export interface UsableLatentModel extends LatentContents {
  readonly name: string;
  readonly embedder: LatentModel;
  /** Undefined before the second stage has begun. */
  readonly denoiser: LatentDenoiser | undefined;
  /** Makes what tells costs ready. */
  readonly teller: () => Promise<Teller>;
}

/** Reads a model of a latent system and makes it ready on a device. */
export const useLatentModel = async (
  values: DeviceValues & { readonly model: string },
): Promise<UsableLatentModel> =>
  openLatentModel(await readLatentModel(values.model), values.model, await useDevice(values));

/** Makes a model of a latent system ready. */
export async function openLatentModel(
  contents: LatentContents,
  name: string,
  runtime: Runtime,
): Promise<UsableLatentModel> {
  const { moments, plans, system, weights, tokenizer } = contents;
  if (!moments)
    throw new UnmaskError(
      "usage",
      `model "${name}": its embedder isn't finished; go on with: unmask train --out ${name} --resume`,
    );
  const open = { runtime, system, weights, moments, tokenizer };
  return {
    ...contents,
    name,
    embedder: await openEmbedder(open),
    denoiser: plans ? await openLatentDenoiser(open) : undefined,
    teller: () => openTeller(open),
  };
}

/** What plans, once it is trained. */
function neededDenoiser({ denoiser, name }: UsableLatentModel): LatentDenoiser {
  if (denoiser) return denoiser;
  throw new UnmaskError(
    "usage",
    `model "${name}": its planner isn't trained yet; go on with: unmask train --out ${name} --resume`,
  );
}

/** How paragraphs are planned and said. */
export interface PlanningValues extends Sampling {
  readonly eta?: number | undefined;
  readonly clarity?: number | undefined;
  readonly beam?: number | undefined;
}

/** `plan()`'s options for one text, as they follow from flags and the system's own habits. */
export function planningOptions(
  model: UsableLatentModel,
  values: PlanningValues,
  text: { seed: number; index: number; prompt: Int32Array; length: number; signal: AbortSignal },
): PlanOptions {
  const { steps = model.kind.steps, clarity = model.kind.clarity, eta, guidance = 0 } = values;
  const { seed, index, prompt, length, signal } = text;
  if (guidance > 0 && prompt.length === 0)
    throw new UnmaskError(
      "usage",
      "guidance: needs given text that is to count for more, got none; give a prompt, or leave --guidance out",
    );
  return {
    planner: plannerOf(model, values, signal),
    prompt,
    length,
    steps,
    eta,
    clarity,
    // 0 asks for no guidance, which the weight 1 is.
    guidance: guidance + 1,
    key: splitKey(randomKey(seed), "sample", index),
    signal,
  };
}

function plannerOf(model: UsableLatentModel, values: PlanningValues, signal: AbortSignal): Planner {
  const { embedder, tokenizer, config } = model;
  const { topK, topP, minP, repetitionPenalty, noRepeat, beam } = values;
  const draws = topK !== undefined || topP !== undefined || minP !== undefined;
  // The plan holds the variety: its words are the likeliest ones, unless something else is asked for.
  const { temperature = draws ? 1 : 0 } = values;
  const processors = processorsOf({ temperature, topK, topP, minP, repetitionPenalty, noRepeat });
  return {
    denoiser: neededDenoiser(model),
    maskId: tokenizer.maskId,
    paragraph: config.length,
    async encode(text) {
      const [latents] = await embedder.encode([text.subarray(-config.length)]);
      return latents!;
    },
    async decode(guess, { length, key }) {
      const open = await embedder.speaker(guess);
      return say({ open, length, endIds: tokenizer.endIds, processors, beam, key, signal });
    },
  };
}

/** A model's plans as their bound asks them. */
export async function planReader(model: UsableLatentModel): Promise<PlanReader> {
  const { embedder, config } = model;
  const denoiser = neededDenoiser(model);
  const { cost } = await model.teller();
  return { denoiser, paragraph: config.length, encode: embedder.encode, cost };
}

/** Flags of systems of tokens, which would be ignored. */
const refused = ["as", "tokenizer", "rule", "block", "cache", "chat", "system"];

/** Flags of drawing, which a beam search does without. */
const drawing = ["temperature", "topK", "topP", "minP", "repetitionPenalty", "noRepeat"];

/** Refuses flags that mean nothing to a latent system, or nothing together. */
export function checkLatentFlags(verb: string, system: string, given: ReadonlySet<string>): void {
  const stray = refused.find((name) => given.has(name));
  if (stray !== undefined)
    throw new UnmaskError(
      "usage",
      `${verb}: the system ${system} takes no ${flagOf(stray)}; leave it out`,
    );
  const idle = given.has("beam") ? drawing.find((name) => given.has(name)) : undefined;
  if (idle !== undefined)
    throw new UnmaskError(
      "usage",
      `${verb}: --beam finds the likeliest words and draws none, got ${flagOf(idle)} too; leave one of them out`,
    );
}

/** Refuses flags that only a latent system understands. */
export function refuseLatentFlags(verb: string, system: string, given: ReadonlySet<string>): void {
  const stray = Object.keys(latentFlags).find((name) => given.has(name));
  if (stray === undefined) return;
  throw new UnmaskError(
    "usage",
    `${verb}: ${flagOf(stray)} is for latent systems, got a model of the system ${system}; leave it out`,
  );
}
