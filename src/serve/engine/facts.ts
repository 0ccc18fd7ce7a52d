/**
 * What an engine knows of a model before it is brought to work.
 *
 * @module
 */
import { kindOf } from "../../checkpoint/model-config.ts";
import type { ModelContents } from "../../checkpoint/model-contents.ts";
import { dtypeOf, elementCount } from "../../tensor/index.ts";
import type { Constant, Dtype } from "../../tensor/index.ts";
import type { ServedModel } from "./engine.ts";

export interface ModelFacts extends Pick<
  ServedModel,
  "id" | "created" | "system" | "infills" | "chats" | "length" | "vocabulary"
> {
  /** Bytes of its weights in memory. */
  readonly bytes: number;
}

export function factsOf(
  { config, weights, chatTemplate }: Pick<ModelContents, "config" | "weights" | "chatTemplate">,
  named: Pick<ModelFacts, "id" | "created">,
): ModelFacts {
  const { name: system, infills } = kindOf(config);
  return {
    ...named,
    system,
    infills,
    chats: chatTemplate !== undefined,
    length: config.length,
    vocabulary: config.transformer.vocabulary,
    bytes: Object.values(weights).reduce((sum, weight) => sum + bytesOf(weight), 0),
  };
}

const widths: Readonly<Record<Dtype, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  int8: 1,
  uint8: 1,
};

/** Bytes in memory, where floats of fewer bits are widened. */
const bytesOf = (weight: Constant): number => elementCount(weight.shape) * widths[dtypeOf(weight)];
