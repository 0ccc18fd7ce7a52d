/**
 * A task's table, picture and verdicts, from a report of `unmask compare`, on a page between its markers.
 *
 *   node recipes/study/tell.mjs --report report.json --task TASK --page docs/STUDY.md --name NAME --command TEXT
 *
 * The picture goes into a folder beside the page, study/NAME.svg.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { settingsLine, taskMarkdown } from "../../dist/report/comparison/markdown.js";
import { taskPicture } from "../../dist/report/comparison/picture.js";
import { writeBetween } from "../between-markers.mjs";

const text = /** @type {const} */ ({ type: "string", default: "" });
const { values } = parseArgs({
  options: { report: text, task: text, page: text, name: text, command: text },
});
const report = JSON.parse(readFileSync(values.report, "utf8"));

/** How a model came about: what its folder says. */
function training({ name, path, system, parameters, length }) {
  const size = `${(parameters / 1e6).toFixed(2)}M parameters`;
  const run = join(path, "run.json");
  if (!existsSync(run)) return `- ${name}: ${system}, ${size}, [as it ships](models.md)`;
  const { batch, accumulate, corpus } = JSON.parse(readFileSync(run, "utf8"));
  const lines = readFileSync(join(path, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  const { step: steps } = JSON.parse(lines.at(-1));
  const count = (value) => value.toLocaleString("en-GB");
  return `- ${name}: ${system}, ${size}, ${count(steps)} steps of ${batch * accumulate} x ${length} tokens of a text of ${count(corpus.train)}`;
}

const task = report.tasks.find(({ name }) => name === values.task);
const picture = await taskPicture(task, report);
if (picture !== undefined) {
  const pictures = join(dirname(values.page), "study");
  mkdirSync(pictures, { recursive: true });
  writeFileSync(join(pictures, `${values.name}.svg`), picture);
}
const body = [
  settingsLine(report),
  "",
  ...report.models.map(training),
  "",
  ...taskMarkdown(task, report, picture && `study/${values.name}.svg`),
  "",
  "```sh",
  values.command,
  "```",
];
writeBetween(values.page, values.name, body.join("\n"));
