/**
 * A task's table, picture and verdicts, from reports of `unmask compare`, on a page between its markers.
 *
 *   node recipes/study/tell.mjs --task TASK --page docs/STUDY.md --name NAME --command TEXT report.json [report.json ...]
 *
 * Several reports are of models that were trained as often, told as one (trainings.mjs). The picture goes into a folder beside the
 * page, study/NAME.svg.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { settingsLine, taskMarkdown } from "../../dist/report/comparison/markdown.js";
import { writeBetween } from "../between-markers.mjs";
import { trainingLine } from "../training-line.mjs";
import { writePicture } from "./picture.mjs";
import { acrossTrainings, timesTrained } from "./trainings.mjs";

const text = /** @type {const} */ ({ type: "string", default: "" });
const { values, positionals: paths } = parseArgs({
  options: { task: text, page: text, name: text, command: text },
  allowPositionals: true,
});
const report = acrossTrainings(paths.map((path) => JSON.parse(readFileSync(path, "utf8"))));

const task = report.tasks.find(({ name }) => name === values.task);
const picture = await writePicture(values.page, values.name, task, report);
const body = [
  settingsLine(report),
  ...timesTrained(paths.length),
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
