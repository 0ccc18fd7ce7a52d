/**
 * `--model` of a latent system, made ready, and the flags that mean something to it.
 *
 * @module
 */
import { readLatentModel } from "../../checkpoint/latent-folder.ts";
import { UnmaskError } from "../../errors.ts";
import { openLatentModel } from "../../generate/latent-model.ts";
import type { UsableLatentModel } from "../../generate/latent-model.ts";
import { flagOf } from "../flag.ts";
import { planningOptions as latentFlags } from "../verbs/shared-options.ts";
import { useDevice } from "./use-device.ts";
import type { DeviceValues } from "./use-device.ts";

/** Reads a model of a latent system and makes it ready on a device. */
export const useLatentModel = async (
  values: DeviceValues & { readonly model: string },
): Promise<UsableLatentModel> =>
  openLatentModel(await readLatentModel(values.model), {
    name: values.model,
    runtime: await useDevice(values),
  });

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
