/**
 * A model of a latent system as an author: the texts that it plans, and what texts cost it at most.
 *
 * @module
 */
import type { Author } from "./author.ts";
import { neededDenoiser, planningOptions } from "../generate/latent-model.ts";
import type { UsableLatentModel } from "../generate/latent-model.ts";
import { costOfPlan } from "./plan-likelihood.ts";
import type { PlanReader } from "./plan-likelihood.ts";
import { charactersOf } from "./units.ts";
import { finish } from "../sample/frame.ts";
import { plan } from "../sample/plan.ts";
import { randomKey, splitKey } from "../tensor/index.ts";

/** Draws of the noise for each paragraph of a text whose cost is asked. */
const draws = 16;

export async function planAuthor(
  model: UsableLatentModel,
  { seed, batch, signal }: { seed: number; batch: number; signal: AbortSignal },
): Promise<Author> {
  const { tokenizer, kind } = model;
  const reader = await planReader(model);
  const prompt = new Int32Array(0);
  const key = splitKey(randomKey(seed), "likelihood");
  return {
    async write(index, length) {
      const text = { seed, index, prompt, length, signal };
      const { canvas, passes, reason } = await finish(plan(planningOptions(model, {}, text)));
      return {
        text: tokenizer.decode(canvas),
        tokens: canvas.length,
        passes,
        ended: reason === "stopped",
      };
    },
    async cost(text) {
      const tokens = tokenizer.encode(text);
      const options = { clarity: kind.clarity, samples: draws, batch, key };
      const { plan: ofPlan, words } = await costOfPlan(tokens, reader, options);
      return {
        nats: ofPlan + words,
        tokens: tokens.length,
        characters: charactersOf(tokens, tokenizer),
        atMost: true,
      };
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
