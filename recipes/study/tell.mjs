/**
 * A task's table, picture and verdicts, from a report of `unmask compare`, on a page between its markers.
 *
 *   node recipes/study/tell.mjs --report report.json --task TASK --page docs/STUDY.md --name NAME --command TEXT
 *
 * The picture goes into a folder beside the page, study/NAME.svg.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { drawPlots } from "../../dist/report/comparison/charts.js";
import { settingsLine, taskMarkdown } from "../../dist/report/comparison/markdown.js";
import { taskPicture } from "../../dist/report/comparison/picture.js";
import { writeBetween } from "../between-markers.mjs";
import { trainingLine } from "../training-line.mjs";

const text = /** @type {const} */ ({ type: "string", default: "" });
const { values } = parseArgs({
  options: { report: text, task: text, page: text, name: text, command: text },
});
const report = JSON.parse(readFileSync(values.report, "utf8"));

const task = report.tasks.find(({ name }) => name === values.task);
const picture = taskPicture(task, report, await drawPlots(task, report));
if (picture !== undefined) {
  const pictures = join(dirname(values.page), "study");
  mkdirSync(pictures, { recursive: true });
  writeFileSync(join(pictures, `${values.name}.svg`), picture);
}
const body = [
  settingsLine(report),
  "",
  ...report.models.map(trainingLine),
  "",
  ...taskMarkdown(task, report, picture && `study/${values.name}.svg`),
  "",
  "```sh",
  values.command,
  "```",
];
writeBetween(values.page, values.name, body.join("\n"));
