/**
 * A model of a latent system that is ready to write: what `plan()` takes for a text, and what the bound of its plans asks.
 *
 * @module
 */
import type { LatentContents } from "../checkpoint/latent-contents.ts";
import type { Moments } from "../diffusion/gaussian/moments.ts";
import { UnmaskError } from "../errors.ts";
import type { LatentDenoiser } from "../sample/denoise.ts";
import type { Planner, PlanOptions } from "../sample/plan.ts";
import { processorsOf } from "../sample/processor.ts";
import { say } from "../sample/say.ts";
import { openEmbedder, openLatentDenoiser, openTeller } from "../system/denoisers/latent.ts";
import type { LatentModel, Teller } from "../system/denoisers/latent.ts";
import { randomKey, splitKey } from "../tensor/index.ts";
import type { OpenOptions } from "./model.ts";
import type { Sampling } from "./task.ts";

export interface UsableLatentModel extends LatentContents {
  readonly name: string;
  readonly embedder: LatentModel;
  /** Undefined before the second stage has begun. */
  readonly denoiser: LatentDenoiser | undefined;
  /** Makes what tells costs ready. */
  readonly teller: () => Promise<Teller>;
}

/** Makes a model of a latent system ready. */
export async function openLatentModel(
  contents: LatentContents,
  { name, runtime }: Pick<OpenOptions, "name" | "runtime">,
): Promise<UsableLatentModel> {
  const { plans, system, weights, tokenizer } = contents;
  const moments = neededMoments(contents, name);
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
export function neededDenoiser({ denoiser, name }: UsableLatentModel): LatentDenoiser {
  if (denoiser) return denoiser;
  throw unfinished(name, "planner");
}

function neededMoments({ moments }: LatentContents, name: string): Moments {
  if (moments) return moments;
  throw unfinished(name, "embedder");
}

/** @throws UnmaskError "usage" for a model that isn't trained so far that it plans */
export function checkPlans(contents: LatentContents, name: string): void {
  neededMoments(contents, name);
  if (!contents.plans) throw unfinished(name, "planner");
}

const lacking = {
  embedder: "embedder isn't finished",
  planner: "planner isn't trained yet",
} as const;

const unfinished = (name: string, part: keyof typeof lacking): UnmaskError =>
  new UnmaskError(
    "usage",
    `model "${name}": its ${lacking[part]}; go on with: unmask train --out ${name} --resume`,
  );

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
  const stray = (["rule", "block"] as const).find((name) => values[name] !== undefined);
  if (stray !== undefined)
    throw new UnmaskError(
      "usage",
      `plan: the system ${model.kind.name} plans whole paragraphs and takes no ${stray}; leave it out`,
    );
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
