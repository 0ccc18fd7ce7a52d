/**
 * The scores of recipes/family.sh as a Markdown table, written between the markers of a page.
 *
 *   node recipes/family-table.mjs --runs DIR --page FILE --orders "O O" --command TEXT NAME...
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeBetween } from "./between-markers.mjs";
import { tableLines } from "./table.mjs";
import { withError } from "./with-error.mjs";

const text = { type: "string" };
const { values, positionals: names } = parseArgs({
  options: { runs: text, page: text, orders: text, command: text },
  allowPositionals: true,
});
const orders = values.orders.split(" ");

const readJson = (...path) => JSON.parse(readFileSync(join(values.runs, ...path), "utf8"));
const scoresOf = (name, what) => readJson("scores", `${name}.${what}.json`);

/** Nats per token over bits per character, each with its standard error; "–" where there is none. */
function likelihoodCell(score) {
  if (score.error) return "–";
  const line = (value, error) => withError(value, error, 3, score);
  const nats = line(score.nats, score.standardError);
  return `${nats}<br>${line(score.bitsPerCharacter, score.bitsPerCharacterError)}`;
}

/** What judge and entropy say of texts. */
function qualityCells({ perplexity, perplexityError, entropy }) {
  return [
    `${perplexity.toPrecision(4)} ± ${perplexityError.toPrecision(2)}`,
    `${entropy.perText.toFixed(3)}<br>${entropy.overall.toFixed(3)}`,
  ];
}

/** Numbers in a model's weights, from the header of its file. */
function parameterCount(name) {
  const bytes = readFileSync(join(values.runs, name, "model.safetensors"));
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
  return Object.values(header)
    .filter(({ shape }) => shape)
    .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
}

function systemRow(name) {
  const generative = scoresOf(name, "generative");
  return [
    name,
    likelihoodCell(scoresOf(name, "bound")),
    ...orders.map((order) => likelihoodCell(scoresOf(name, order))),
    ...qualityCells(generative),
    generative.tokensPerPass.toFixed(2),
    generative.tokensPerSecond.toFixed(0),
    `${(parameterCount(name) / 1e6).toFixed(2)}M`,
  ];
}

function realTextRow() {
  const { reference } = scoresOf(names[0], "generative");
  return ["real text", "", ...orders.map(() => ""), ...qualityCells(reference), "", "", ""];
}

function table() {
  const header = [
    "",
    "bound",
    ...orders.map((order) => `exact, ${order}`),
    "generative perplexity",
    "entropy<br>of a text, of all",
    "tokens / pass",
    "tokens / s",
    "parameters",
  ];
  return tableLines(header, [...names.map(systemRow), realTextRow()]);
}

/** What was trained for how long, and measured on how much. */
function setting() {
  const { steps, batch, accumulate, corpus } = readJson(names[0], "run.json");
  const { length, transformer } = readJson(names[0], "config.json");
  const { windows, tokens } = scoresOf(names[0], "bound");
  const { texts, judge } = scoresOf(names[0], "generative");
  const { layers, width, vocabulary } = transformer;
  const count = (value) => value.toLocaleString("en-GB");
  const jury = names.some((name) => judge === join(values.runs, name))
    ? "the judge is the autoregressive model of the table, which is partial to itself"
    : `the judge is another model, ${judge.split("/").at(-1)}`;
  return [
    `${new Date().toISOString().slice(0, 10)}. ${layers} layers of width ${width}, ${count(vocabulary)} tokens in the vocabulary; ` +
      `${count(steps)} steps of ${batch * accumulate} x ${length} = ${count(steps * batch * accumulate * length)} tokens each, ` +
      `of a text of ${count(corpus.train)}; scored on ${windows} held-out windows (${count(tokens)} tokens) and ${texts} written texts; ${jury}.`,
  ];
}

const body = [...setting(), "", ...table(), "", "```sh", values.command, "```"].join("\n");
writeBetween(values.page, "table", body);
