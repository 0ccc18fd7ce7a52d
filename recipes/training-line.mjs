/** How a model of a report was trained, from its folder: an item of a list. */
import { trained } from "./trained.mjs";

export function trainingLine({ name, path, system, parameters }) {
  const about = `- ${name}: ${system}, ${(parameters / 1e6).toFixed(2)}M parameters`;
  const training = trained(path);
  if (!training) return `${about}, [as it ships](models.md)`;
  const { run, steps, batch, length, tokens } = training;
  const begun = run.init ? `, from the weights of \`${run.init.split("/").at(-1)}\`` : "";
  const count = (value) => value.toLocaleString("en-GB");
  return `${about}, ${count(steps)} steps of ${batch} x ${length} = ${count(tokens)} tokens of a text of ${count(run.corpus.train)}${begun}`;
}
