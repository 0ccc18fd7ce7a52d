/**
 * The system of a model, at work on the model's tokens.
 *
 * @module
 */
import type { System } from "../system/system.ts";
import { kindOf } from "./model-config.ts";
import type { ModelContents } from "./model-contents.ts";

/** Process, objectives and the rest, for the vocabulary of this model. */
export function systemOfModel({
  config,
  tokenizer,
  embeddings,
}: Omit<ModelContents, "weights">): System {
  const { size, maskId, endId } = tokenizer;
  return kindOf(config).create({ size, maskId, endId, embeddings });
}
