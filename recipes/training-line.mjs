/** How a model of a report was trained, from its folder: an item of a list. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export function trainingLine({ name, path, system, parameters, length }) {
  const about = `- ${name}: ${system}, ${(parameters / 1e6).toFixed(2)}M parameters`;
  const file = join(path, "run.json");
  if (!existsSync(file)) return `${about}, [as it ships](models.md)`;
  const { batch, accumulate, corpus, init } = JSON.parse(readFileSync(file, "utf8"));
  const begun = init ? `, from the weights of \`${init.split("/").at(-1)}\`` : "";
  // What was trained, which is less than was planned where it was stopped.
  const lines = readFileSync(join(path, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  const { step: steps } = JSON.parse(lines.at(-1));
  const count = (value) => value.toLocaleString("en-GB");
  const tokens = count(steps * batch * accumulate * length);
  return `${about}, ${count(steps)} steps of ${batch * accumulate} x ${length} = ${tokens} tokens of a text of ${count(corpus.train)}${begun}`;
}
