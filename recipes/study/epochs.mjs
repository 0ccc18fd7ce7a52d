/**
 * How well models predict text that they haven't read, as they read a little text again and again: a table on a page, and its
 * picture beside it.
 *
 *   node recipes/study/epochs.mjs --page docs/STUDY.md --name few-data --command TEXT RUN RUN
 */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { writeBetween } from "../between-markers.mjs";
import { tableLines } from "../table.mjs";
import { withError } from "../with-error.mjs";
import { writePicture } from "./picture.mjs";

const text = /** @type {const} */ ({ type: "string", default: "" });
const { values, positionals: folders } = parseArgs({
  options: { page: text, name: text, command: text },
  allowPositionals: true,
});

const runs = folders.map((folder) => {
  const { batch, accumulate, corpus } = JSON.parse(readFileSync(join(folder, "run.json"), "utf8"));
  const { length } = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
  const lines = readFileSync(join(folder, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  const scores = lines.map((line) => JSON.parse(line)).filter(({ valid }) => valid !== undefined);
  const epochs = (step) => (step * batch * accumulate * length) / corpus.train;
  return { name: basename(folder), corpus, epochs, scores };
});

/** The scores as a task of a comparison, which is what can be drawn. */
const measurements = ({ scores, epochs }) =>
  scores.map(({ step, valid, standardError }) => ({
    figure: "nats",
    at: epochs(step),
    value: valid,
    error: standardError,
  }));
const figures = { nats: { label: "nats per token", unit: "nats per token", better: "lower" } };
const plots = [
  { kind: "lines", title: "Text that was not read (lower is better)", x: "axis", y: "nats" },
];
const task = {
  title: "Few data, read again and again",
  axis: "times read",
  figures,
  plots,
  results: runs.map((run) => ({
    model: run.name,
    outcome: { kind: "measured", measurements: measurements(run), missing: [] },
  })),
};
const picture = await writePicture(values.page, values.name, task, { models: runs });

const count = (value) => value.toLocaleString("en-GB");
const shown = (score) => withError(score.valid, score.standardError, 3, score);
const rows = runs[0].scores.map(({ step }) => [
  runs[0].epochs(step).toFixed(0),
  ...runs.map(({ scores }) => {
    const score = scores.find((one) => one.step === step);
    const best = Math.min(...scores.map(({ valid }) => valid));
    if (!score) return "–";
    return score.valid === best ? `**${shown(score)}**` : shown(score);
  }),
]);
const header = ["times read", ...runs.map(({ name }) => name)];
const body = [
  `Nats per token of text that was not read, ± one standard error, after so many readings of ${count(runs[0].corpus.train)} tokens; the best of each model in bold.`,
  "",
  `![${task.title}](${picture})`,
  "",
  ...tableLines(header, rows),
  "",
  "```sh",
  values.command,
  "```",
];
writeBetween(values.page, values.name, body.join("\n"));
