/**
 * The card of a model that ships, from its run and its scores: what it is, what made it, how good it is.
 *
 *     node recipes/model-card.mjs --run runs/models/mdlm --scores runs/models/scores/mdlm --source TEXT > README.md
 */
import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { factsOf } from "./model-facts.mjs";
import { withError } from "./with-error.mjs";

const { values } = parseArgs({
  options: {
    run: { type: "string" },
    scores: { type: "string" },
    source: { type: "string", default: "" },
    language: { type: "string", default: "en" },
    recipe: { type: "string", default: "recipes/models.sh" },
    precision: { type: "string", default: "float16" },
    habits: { type: "string", default: "" },
  },
});
const { run: folder, scores, source, language, recipe, precision, habits } = values;

const json = (path) => JSON.parse(readFileSync(path, "utf8"));
const { kind, options, layers, width, vocabulary, parameters, length, runs } =
  await factsOf(folder);
const { corpus } = runs.at(-1);

const count = (number) => Math.round(number).toLocaleString("en-US");
const minutes = runs.reduce((sum, { seconds }) => sum + seconds, 0) / 60;

/** How a run was made. Where it lay is nobody's business: it is said to lie where the recipe puts it. */
function commandsOf({ command, steps }) {
  const line = command.replaceAll("\n", " ").replaceAll(`${dirname(folder)}/`, "runs/models/");
  const [, out] = /--out (\S+)/.exec(line);
  const isWhole = new RegExp(`--steps ${steps}\\b`).test(line);
  return isWhole ? [line] : [line, `unmask train --out ${out} --resume --steps ${steps}`];
}

const judged = ({ perplexity, perplexityError, entropy }) =>
  `${withError(perplexity, perplexityError, 2)} at an entropy of ${entropy.perText.toFixed(2)} nats a text`;

/** Of a model that answers: how often it is right. */
function answerRows({ learnt, others }) {
  const share = ({ right, asked }) => `${right} of ${asked}`;
  const told = `${share(learnt)} to questions that it has learnt from, ${share(others)} to others of their kinds`;
  return [["answers", `right word for word: ${told}`]];
}

/** Of a model that plans paragraphs: how well its latents keep them, and those that are said. */
function planRows({ bleu, planner, paragraphs, atClarity }) {
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const said = atClarity && `, at a clarity of ${atClarity.alpha} ${percent(atClarity.bleu)}`;
  return [
    [
      "said again",
      `reconstruction BLEU ${percent(bleu)}${said ?? ""}, AuBLEU ${percent(planner.auBleu)}, on ${paragraphs} held-out paragraphs`,
    ],
  ];
}

/** Of a model that writes texts: how well it reads and writes. */
function textRows(bound) {
  return [
    [
      "held-out text",
      `${bound.exact ? "" : "at most "}${withError(bound.bitsPerCharacter, bound.bitsPerCharacterError, 2)} bits per character, ` +
        `${withError(bound.nats, bound.standardError, 2)} nats per token` +
        (bound.planNats === undefined ? "" : `, ${bound.planNats.toFixed(2)} of them its plans`) +
        `, on ${bound.windows} windows`,
    ],
    writtenRow(),
  ];
}

function writtenRow() {
  const [generative, usual] = ["generative", "usual"].map((what) => json(`${scores}.${what}.json`));
  const { reference: real, texts } = generative;
  return [
    "what it writes",
    `perplexity ${judged(usual)}; ` +
      (habits === "" ? "" : `as its system has it, ${judged(generative)}; `) +
      (real ? `real text has ${judged(real)}; ` : "") +
      `under the autoregressive model of the same recipe, ${texts} texts from nothing`,
  ];
}

/** What was measured, by the name of its file. */
const measured = { bound: textRows, reconstruction: planRows, answers: answerRows };

const rows = [
  ["system", `${kind.name}: ${kind.summary} (${kind.paper})`],
  ...Object.entries(options).map(([name, value]) => [name, String(value)]),
  [
    "parameters",
    `${count(parameters)}: ${layers} layers of width ${width}, ${count(vocabulary)} tokens`,
  ],
  ["canvas", `${length} tokens`],
  ...(source === "" ? [] : [["text", source]]),
  ["tokens of the text", `${count(corpus.train)} to train on, ${count(corpus.valid)} held out`],
  [
    "tokens seen",
    runs.map(({ tokens, steps }) => `${count(tokens)} in ${count(steps)} steps`).join(", then "),
  ],
  ["time", `${Math.round(minutes)} minutes, ${cpus()[0]?.model.trim() ?? "an unnamed processor"}`],
  ["writes by itself", habits === "" ? "as its system does" : `\`${habits}\``],
  ...Object.entries(measured).flatMap(([what, rowsOf]) => {
    const file = `${scores}.${what}.json`;
    return existsSync(file) ? rowsOf(json(file)) : [];
  }),
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
    ...new Set(runs.flatMap(commandsOf)),
    "```",
    "",
    `and then rounded to ${precision}. \`${recipe}\` does it all.`,
  ].join("\n"),
);
