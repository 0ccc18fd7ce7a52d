/**
 * The model card of a latent system.
 *
 * @module
 */
import type { LatentConfig } from "../checkpoint/latent-contents.ts";
import { latentTransformerParameters } from "../model/latent-transformer.ts";
import { parameterCount } from "../nn/parameter.ts";
import { latentSystemOf } from "../system/index.ts";
import type { LatentSystem } from "../system/latent-system.ts";
import { cardText } from "./model-card.ts";
import type { RunSettings } from "./run-folder.ts";

export interface LatentCardFacts {
  readonly config: LatentConfig;
  readonly system: LatentSystem;
  /** The stage at hand. */
  readonly stage: string;
  /** Its settings. */
  readonly settings: RunSettings;
  /** Steps done of it. */
  readonly done: number;
  /** Its last validation, if there was one. */
  readonly score?: number | undefined;
}

/** Markdown with the front matter that model hubs read. */
export function latentCard(facts: LatentCardFacts): string {
  const { config, system, stage, settings, done, score } = facts;
  const kind = latentSystemOf(config.system, config.options);
  const { layers, heads, width } = config.network;
  const [embedder, planner] = [
    parameterCount(system.embedding.parameters),
    parameterCount(latentTransformerParameters(system.planner)),
  ];
  return cardText(kind.name, settings.command, [
    ["system", `${kind.name}: ${kind.summary} (${kind.paper})`],
    ...Object.entries(config.options).map(([name, value]) => [name, String(value)]),
    [
      "parameters",
      `embedder ${embedder}, planner ${planner} (each network ${layers} layers, ${heads} heads, width ${width})`,
    ],
    ["vocabulary", String(config.vocabulary)],
    ["data", `${settings.data} (${settings.corpus.train} training tokens)`],
    ["steps", `${stage}: ${done} of ${settings.steps}, seed ${settings.seed}`],
    ...(score === undefined ? [] : [["validation", `${stage}: ${score.toFixed(4)}`]]),
  ]);
}
