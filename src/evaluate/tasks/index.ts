/**
 * All tasks of `unmask compare` by name, in the order of the report. A new one is its own file and one line
 * here.
 *
 * @module
 */
import { correctionTask } from "./correction.ts";
import { infillTask } from "./infill.ts";
import { likelihoodTask } from "./likelihood.ts";
import { longTask } from "./long.ts";
import { plantedTask } from "./planted.ts";
import { puzzlesTask } from "./puzzles.ts";
import { reversalTask } from "./reversal.ts";
import type { Task } from "./task.ts";
import { writingTask } from "./writing.ts";

export const tasks: Readonly<Record<string, Task>> = {
  likelihood: likelihoodTask,
  writing: writingTask,
  infill: infillTask,
  reversal: reversalTask,
  correction: correctionTask,
  planted: plantedTask,
  puzzles: puzzlesTask,
  long: longTask,
};
