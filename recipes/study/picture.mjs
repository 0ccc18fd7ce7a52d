/** The plots of a task as one picture in a folder beside the page, study/NAME.svg. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { drawPlots } from "../../dist/report/comparison/charts.js";
import { taskPicture } from "../../dist/report/comparison/picture.js";

/** Draws it, and gives its path as the page has it; undefined where there is nothing to draw. */
export async function writePicture(page, name, task, comparison) {
  const picture = taskPicture(task, comparison, await drawPlots(task, comparison));
  if (picture === undefined) return undefined;
  const folder = join(dirname(page), "study");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.svg`), picture);
  return `study/${name}.svg`;
}
