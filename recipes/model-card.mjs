/**
 * The card of a model that ships, from its run and its scores: what it is, what made it, how good it is.
 *
 *     node recipes/model-card.mjs --run runs/models/mdlm --scores runs/models/scores/mdlm --source TEXT > README.md
 */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { decodeConfig, kindOf } from "../dist/checkpoint/model-config.js";
import { transformerParameters } from "../dist/model/transformer.js";
import { parameterCount } from "../dist/nn/parameter.js";
import { trained } from "./trained.mjs";

const { values } = parseArgs({
  options: {
    run: { type: "string" },
    scores: { type: "string" },
    source: { type: "string", default: "" },
    language: { type: "string", default: "en" },
    habits: { type: "string", default: "" },
  },
});
const { run: folder, scores, source, language, habits } = values;

const read = (path) => readFileSync(path, "utf8");
const json = (path) => JSON.parse(read(path));
const configOf = (path) => decodeConfig(read(join(path, "config.json")), path);
const config = configOf(folder);
const kind = kindOf(config);

/** The runs that led to a folder, the first one first: each began with the weights of the one before. */
function runsOf(path) {
  const { run, ...training } = trained(path);
  return [...(run.init === undefined ? [] : runsOf(run.init)), { ...run, ...training }];
}
const runs = runsOf(folder);
const run = runs.at(-1);
const bound = json(`${scores}.bound.json`);
const generative = json(`${scores}.generative.json`);
const usual = json(`${scores}.usual.json`);

const count = (number) => Math.round(number).toLocaleString("en-US");
const withError = (value, error) => `${value.toFixed(2)} ± ${error.toFixed(2)}`;
const parameters = parameterCount(transformerParameters(config.transformer));
const minutes = runs.reduce((sum, { seconds }) => sum + seconds, 0) / 60;

/** How a run was made. Where it lay is nobody's business: it is said to lie where the recipe puts it. */
function commandsOf({ command, steps }) {
  const line = command.replaceAll("\n", " ").replaceAll(`${dirname(folder)}/`, "runs/models/");
  const [, out] = /--out (\S+)/.exec(line);
  const isWhole = new RegExp(`--steps ${steps}\\b`).test(line);
  return isWhole ? [line] : [line, `unmask train --out ${out} --resume --steps ${steps}`];
}
const { layers, width, vocabulary } = config.transformer;
const real = generative.reference;

const judged = ({ perplexity, perplexityError, entropy }) =>
  `${withError(perplexity, perplexityError)} at an entropy of ${entropy.perText.toFixed(2)} nats a text`;

const rows = [
  ["system", `${kind.name}: ${kind.summary} (${kind.paper})`],
  ...Object.entries(config.options).map(([name, value]) => [name, String(value)]),
  [
    "parameters",
    `${count(parameters)}: ${layers} layers of width ${width}, ${count(vocabulary)} tokens`,
  ],
  ["canvas", `${config.length} tokens`],
  ...(source === "" ? [] : [["text", source]]),
  [
    "tokens of the text",
    `${count(run.corpus.train)} to train on, ${count(run.corpus.valid)} held out`,
  ],
  [
    "tokens seen",
    runs.map(({ tokens, steps }) => `${count(tokens)} in ${count(steps)} steps`).join(", then "),
  ],
  ["time", `${Math.round(minutes)} minutes, ${cpus()[0]?.model.trim() ?? "an unnamed processor"}`],
  [
    "held-out text",
    `${bound.exact ? "" : "at most "}${withError(bound.bitsPerCharacter, bound.bitsPerCharacterError)} bits per character, ` +
      `${withError(bound.nats, bound.standardError)} nats per token, on ${bound.windows} windows`,
  ],
  ["writes by itself", habits === "" ? "as its system does" : `\`${habits}\``],
  [
    "what it writes",
    `perplexity ${judged(usual)}; ` +
      (habits === "" ? "" : `as its system has it, ${judged(generative)}; `) +
      (real ? `real text has ${judged(real)}; ` : "") +
      `under the autoregressive model of the same recipe, ${generative.texts} texts from nothing`,
  ],
];

console.log(
  [
    "---",
    "library_name: unmask",
    "license: mit",
    `language: ${language}`,
    `tags: [${kind.name}, text-generation, diffusion-language-model]`.replace(
      kind.name === "autoregressive" ? ", diffusion-language-model" : "\0",
      "",
    ),
    "---",
    "",
    `# ${folder.split("/").at(-1)}`,
    "",
    "A small model to look at and to race, not to rely on: it writes what sounds like its text, and knows nothing.",
    "",
    "| | |",
    "|---|---|",
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    "",
    "Made by",
    "",
    "```sh",
    ...runs.flatMap(commandsOf),
    "```",
    "",
    "and then rounded to float16. `recipes/models.sh` does it all.",
  ].join("\n"),
);
