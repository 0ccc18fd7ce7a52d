/**
 * The model card: what a model is, what made it, and how good it is.
 *
 * @module
 */
import { kindOf } from "../checkpoint/model-config.ts";
import type { ModelConfig } from "../checkpoint/model-config.ts";
import { transformerParameters } from "../model/transformer.ts";
import { parameterCount } from "../nn/parameter.ts";
import type { Score } from "../objective/score.ts";
import type { RunSettings } from "./run-folder.ts";

export interface CardFacts {
  readonly config: ModelConfig;
  readonly settings: RunSettings;
  /** Steps done. */
  readonly done: number;
  /** The last validation, if there was one. */
  readonly score: Score | undefined;
}

/** Markdown that says it. */
export function modelCard({ config, settings, done, score }: CardFacts): string {
  const kind = kindOf(config);
  const { layers, heads, width, vocabulary } = config.transformer;
  const parameters = parameterCount(transformerParameters(config.transformer));
  const tokens = done * settings.batch * settings.accumulate * config.length;
  const rows = [
    ["system", `${kind.name}: ${kind.summary} (${kind.paper})`],
    ...Object.entries(config.options).map(([name, value]) => [name, String(value)]),
    ["parameters", `${parameters} (${layers} layers, ${heads} heads, width ${width})`],
    ["vocabulary", String(vocabulary)],
    ["data", `${settings.data} (${settings.corpus.train} training tokens)`],
    ["steps", `${done} of ${settings.steps}, seed ${settings.seed}`],
    ["tokens seen", String(tokens)],
    ...(score ? [["validation", scoreLine(score)]] : []),
  ];
  return cardText(kind.name, settings.command, rows);
}

/** A card out of its rows, with the front matter that model hubs read. */
export function cardText(
  system: string,
  command: string,
  rows: readonly (readonly string[])[],
): string {
  return [
    "---",
    "library_name: unmask",
    `tags: [${system}, language-model]`,
    "---",
    "",
    `# ${system}`,
    "",
    "| | |",
    "|---|---|",
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    "",
    "Made by",
    "",
    "```",
    command,
    "```",
    "",
  ].join("\n");
}

function scoreLine({ nats, standardError, exact, windows }: Score): string {
  const sign = exact ? "" : "at most ";
  const error = standardError.toFixed(4);
  return `${sign}${nats.toFixed(4)} +- ${error} nats per token on ${windows} windows`;
}
