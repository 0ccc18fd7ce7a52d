/**
 * A model as it is served, whether its canvas is tokens or its paragraphs are planned: what is known of it, and how it is
 * brought to write.
 *
 * @module
 */
import { readLatentContents } from "../../checkpoint/latent-contents.ts";
import type { LatentContents } from "../../checkpoint/latent-contents.ts";
import { isLatentConfig, kindOf } from "../../checkpoint/model-config.ts";
import { modelFiles, ownConfigText, readOwnContents } from "../../checkpoint/model-contents.ts";
import type { ModelContents, ModelSource } from "../../checkpoint/model-contents.ts";
import { parseJson } from "../../checkpoint/fields.ts";
import { checkPlans, openLatentModel } from "../../generate/latent-model.ts";
import { openModel } from "../../generate/model.ts";
import type { OpenOptions } from "../../generate/model.ts";
import type { Task } from "../../generate/task.ts";
import { writePlan } from "../../generate/write-plan.ts";
import { write } from "../../generate/write.ts";
import type { TaskEvents } from "../../generate/write.ts";
import { dtypeOf, elementCount } from "../../tensor/index.ts";
import type { Constant, Dtype } from "../../tensor/index.ts";
import type { ServedModel } from "./engine.ts";

/** What an engine knows of a model before it is brought to work. */
export interface ModelFacts extends Omit<ServedModel, "state" | "active" | "waiting"> {
  /** Bytes of its weights in memory. */
  readonly bytes: number;
}

/** Carries a task out. */
export type Write = (task: Task, signal: AbortSignal) => TaskEvents;

export interface Servable {
  /** @throws UnmaskError "usage" for a model that isn't trained far enough to write */
  facts(named: Pick<ModelFacts, "id" | "created">): ModelFacts;
  /** Makes it ready; that takes a while and memory. */
  open(options: OpenOptions): Promise<Write>;
}

/** A model that fills canvases of tokens. */
export const servedTokens = (contents: ModelContents): Servable => ({
  facts(named) {
    const { config, weights, chatTemplate } = contents;
    const { name: system, infills } = kindOf(config);
    return {
      ...named,
      system,
      infills,
      paced: infills,
      chats: chatTemplate !== undefined,
      length: config.length,
      vocabulary: config.transformer.vocabulary,
      bytes: bytesOf(weights),
    };
  },
  async open(options) {
    const model = await openModel(contents, options);
    return (task, signal) => write(model, task, signal);
  },
});

/** A model that plans paragraphs; `where` it lies is how errors name it. */
export const servedPlans = (contents: LatentContents, where: string): Servable => ({
  facts(named) {
    checkPlans(contents, where);
    const { kind, config, weights } = contents;
    return {
      ...named,
      system: kind.name,
      infills: false,
      paced: true,
      chats: false,
      length: config.length,
      vocabulary: config.vocabulary,
      bytes: bytesOf(weights),
    };
  },
  async open(options) {
    const model = await openLatentModel(contents, options);
    return (task, signal) => writePlan(model, task, signal);
  },
});

/**
 * Reads a model of ours, of either kind.
 *
 * @throws UnmaskError as `readOwnModel`
 */
export async function readServable(source: ModelSource): Promise<Servable> {
  const text = await ownConfigText(source);
  return isLatentConfig(parseJson(text, source.at(modelFiles.config)))
    ? servedPlans(await readLatentContents(source, text), source.where)
    : servedTokens(await readOwnContents(source, text));
}

const widths: Readonly<Record<Dtype, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  int8: 1,
  uint8: 1,
};

/** Bytes in memory, where floats of fewer bits are widened. */
const bytesOf = (weights: Readonly<Record<string, Constant>>): number =>
  Object.values(weights).reduce(
    (sum, weight) => sum + elementCount(weight.shape) * widths[dtypeOf(weight)],
    0,
  );
