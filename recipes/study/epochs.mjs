/**
 * How well models predict text that they haven't read, as they read a little text again and again: a table on a page, and its
 * picture beside it.
 *
 *   node recipes/study/epochs.mjs --page docs/STUDY.md --name few-data --command TEXT RUN [RUN ...]
 *
 * Runs whose folders have the same name are trainings of the same model, told as one (trainings.mjs).
 */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { writeBetween } from "../between-markers.mjs";
import { tableLines } from "../table.mjs";
import { withError } from "../with-error.mjs";
import { writePicture } from "./picture.mjs";
import { meanOver, timesTrained } from "./trainings.mjs";

const text = /** @type {const} */ ({ type: "string", default: "" });
const { values, positionals: folders } = parseArgs({
  options: { page: text, name: text, command: text },
  allowPositionals: true,
});

const read = (...path) => readFileSync(join(...path), "utf8");

/** Validations of a run: after which step, what came out, and whether it is a bound. */
const scoresOf = (folder) =>
  read(folder, "metrics.jsonl")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ valid }) => valid !== undefined)
    .map(({ step, valid, standardError, exact }) => ({
      step,
      value: valid,
      error: standardError,
      exact,
    }));

/** A model's trainings as one. */
function modelOf(name, trainings) {
  const [first, ...others] = trainings.map(scoresOf);
  const { batch, accumulate, corpus } = JSON.parse(read(trainings[0], "run.json"));
  const { length } = JSON.parse(read(trainings[0], "config.json"));
  const epochs = (step) => (step * batch * accumulate * length) / corpus.train;
  const scores = first.map((score, at) => ({
    ...score,
    ...meanOver([score, ...others.map((other) => other[at])]),
  }));
  return { name, corpus, epochs, scores };
}
const names = [...new Set(folders.map((folder) => basename(folder)))];
const runs = names.map((name) =>
  modelOf(
    name,
    folders.filter((folder) => basename(folder) === name),
  ),
);

/** The scores as a task of a comparison, which is what can be drawn. */
const measurements = ({ scores, epochs }) =>
  scores.map(({ step, value, error }) => ({ figure: "nats", at: epochs(step), value, error }));
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
const shown = (score) => withError(score.value, score.error, 3, score);
const rows = runs[0].scores.map(({ step }) => [
  runs[0].epochs(step).toFixed(0),
  ...runs.map(({ scores }) => {
    const score = scores.find((one) => one.step === step);
    const best = Math.min(...scores.map(({ value }) => value));
    if (!score) return "–";
    return score.value === best ? `**${shown(score)}**` : shown(score);
  }),
]);
const header = ["times read", ...runs.map(({ name }) => name)];
const body = [
  `Nats per token of text that was not read, ± one standard error, after so many readings of ${count(runs[0].corpus.train)} tokens; the best of each model in bold.`,
  ...timesTrained(folders.length / names.length),
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
