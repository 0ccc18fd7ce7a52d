/** How long a folder was trained, from what its run wrote down: steps, tokens and seconds. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const json = (path) => JSON.parse(readFileSync(path, "utf8"));

/**
 * Undefined where nothing tells, as for models that ship. What was trained may be less than was planned. `length` is that of a
 * window; it need not be told where the folder is a model's.
 */
export function trained(folder, length) {
  const file = join(folder, "run.json");
  if (!existsSync(file)) return undefined;
  const run = json(file);
  const lines = readFileSync(join(folder, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  const metrics = lines.map((line) => JSON.parse(line));
  const told = metrics.filter(({ loss }) => loss !== undefined);
  // Of long runs not every step is told, but the last one is validated.
  const { step: steps } = metrics.at(-1);
  // Long runs tell of some steps only: each stands for those before it.
  const seconds = told.reduce(
    (sum, one, i) => sum + one.seconds * (one.step - (told[i - 1]?.step ?? 0)),
    0,
  );
  const batch = run.batch * run.accumulate;
  const window = length ?? json(join(folder, "config.json")).length;
  return { run, steps, seconds, batch, length: window, tokens: steps * batch * window };
}
