/**
 * A task's table, picture and verdicts, from a report of `unmask compare`, on a page between its markers.
 *
 *   node recipes/study/tell.mjs --report report.json --task TASK --page docs/STUDY.md --name NAME --command TEXT
 *
 * The picture goes into a folder beside the page, study/NAME.svg.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { settingsLine, taskMarkdown } from "../../dist/report/comparison/markdown.js";
import { writeBetween } from "../between-markers.mjs";
import { trainingLine } from "../training-line.mjs";
import { writePicture } from "./picture.mjs";

const text = /** @type {const} */ ({ type: "string", default: "" });
const { values } = parseArgs({
  options: { report: text, task: text, page: text, name: text, command: text },
});
const report = JSON.parse(readFileSync(values.report, "utf8"));

const task = report.tasks.find(({ name }) => name === values.task);
const picture = await writePicture(values.page, values.name, task, report);
const body = [
  settingsLine(report),
  "",
  ...report.models.map(trainingLine),
  "",
  ...taskMarkdown(task, report, picture),
  "",
  "```sh",
  values.command,
  "```",
];
writeBetween(values.page, values.name, body.join("\n"));
