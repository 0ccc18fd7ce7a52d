/**
 * A model of a latent system as an author: the texts that it plans, and what texts cost it at most.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { neededDenoiser, planningOptions } from "../generate/latent-model.ts";
import type { UsableLatentModel } from "../generate/latent-model.ts";
import { finish } from "../sample/frame.ts";
import { plan } from "../sample/plan.ts";
import { randomKey, splitKey } from "../tensor/index.ts";
import type { Author } from "./author.ts";
import { costOfPlan } from "./plan-likelihood.ts";
import type { PlanReader } from "./plan-likelihood.ts";
import { charactersOf } from "./units.ts";

/** Draws of the noise for each paragraph of a text whose cost is asked. */
const draws = 16;

export function planAuthor(
  model: UsableLatentModel,
  reader: PlanReader,
  { seed, batch, signal }: { seed: number; batch: number; signal: AbortSignal },
): Author {
  const { tokenizer, kind } = model;
  const prompt = new Int32Array(0);
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
      const { clarity } = kind;
      if (clarity === 1)
        throw new UnmaskError("missing", "its plans get quite clear, and have no bound");
      const tokens = tokenizer.encode(text);
      const key = splitKey(randomKey(seed), "likelihood", text);
      const options = { clarity, samples: draws, batch, key };
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
