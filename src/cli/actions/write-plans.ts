/**
 * What `unmask generate` does with a model of a latent system.
 *
 * @module
 */
import { planningOptions } from "../../generate/latent-model.ts";
import type { PlanningValues } from "../../generate/latent-model.ts";
import { plan } from "../../sample/plan.ts";
import type { BaseContext } from "../verb.ts";
import { checkLatentFlags, useLatentModel } from "./use-latent.ts";
import type { DeviceValues } from "./use-device.ts";
import { seedOf } from "./use-model.ts";
import { showTexts } from "./write-texts.ts";
import type { WrittenTexts } from "./write-texts.ts";

export type WritePlansValues = PlanningValues &
  DeviceValues & {
    readonly model: string;
    readonly prompt?: string | undefined;
    readonly length: number;
    readonly seed?: number | undefined;
    readonly count: number;
    readonly watch: boolean;
  };

/** Writes texts, planning each paragraph; watched, every guess of a plan is said in words. */
export async function writePlans(
  context: BaseContext,
  values: WritePlansValues,
): Promise<WrittenTexts> {
  const model = await useLatentModel(values);
  const { kind, tokenizer, name } = model;
  checkLatentFlags("generate", kind.name, context.given);
  const seed = seedOf(values);
  const prompt = tokenizer.encode(values.prompt ?? "");
  const { count, watch, length } = values;
  const { signal } = context;
  return showTexts(context, {
    model: { name, kind, tokenizer },
    seed,
    count,
    watch,
    start: (index) =>
      plan({
        ...planningOptions(model, values, { seed, index, prompt, length, signal }),
        drafts: watch,
      }),
  });
}
