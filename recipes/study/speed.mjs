/**
 * How fast models write, one text and several at a time, as texts grow.
 *
 *   node recipes/study/speed.mjs --models autoregressive,bd3lm-4,mdlm --lengths 64,256,1024 --batches 1,16
 *
 * Models that may write several tokens in a step are measured twice: with a step for each token, and with one for four. An
 * autoregressive model and block diffusion keep keys and values of what is finished; masked diffusion sees everything anew.
 */
import { parseArgs } from "node:util";
import { modelFolder } from "../../dist/checkpoint/shipped-models.js";
import { collectTexts } from "../../dist/evaluate/generative.js";
import { openModel } from "../../dist/generate/model.js";
import { samplingOptions, withoutHabits } from "../../dist/generate/sampling.js";
import { cpuRuntime, readModel } from "../../dist/node.js";
import { openCanvas } from "../../dist/sample/canvas.js";
import { ruleFromSpec } from "../../dist/sample/rules/index.js";
import { sample } from "../../dist/sample/sample.js";
import { writeBetween } from "../between-markers.mjs";
import { tableLines } from "../table.mjs";

/** @param {string} value */
const text = (value) => /** @type {const} */ ({ type: "string", default: value });
const { values } = parseArgs({
  options: {
    models: text("autoregressive,bd3lm-4,mdlm"),
    lengths: text("64,256,1024"),
    batches: text("1,16"),
    rounds: text("3"),
    page: text("docs/STUDY.md"),
    name: text("speed"),
  },
});
const list = (words) => words.split(",").map(Number);
const [lengths, batches] = [list(values.lengths), list(values.batches)];
const rounds = Number(values.rounds);
const runtime = cpuRuntime();

/** Tokens per second of so many texts at a time: the median of the rounds. The first round, which loads, isn't counted. */
async function speedOf(model, { length, batch, steps }) {
  const canvas = openCanvas({ length, maskId: model.tokenizer.maskId });
  const speeds = [];
  for (let round = 0; round <= rounds; round++) {
    const { seconds } = await collectTexts({
      start: (index) => sample(samplingOptions(model, { steps }, { seed: round, index, canvas })),
      count: batch,
      batch,
      endIds: [],
    });
    if (round > 0) speeds.push((length * batch) / seconds);
  }
  return speeds.toSorted((a, b) => a - b)[speeds.length >> 1];
}

const rows = [];
for (const name of values.models.split(",")) {
  const contents = withoutHabits(await readModel(await modelFolder(name)));
  const model = await openModel(contents, { name, runtime });
  const paces = ruleFromSpec(model.kind.rule).obeysSteps ? [1, 4] : [undefined];
  for (const pace of paces)
    for (const batch of batches) {
      const cells = [];
      for (const length of lengths) {
        const steps = pace && Math.ceil(length / pace);
        cells.push((await speedOf(model, { length, batch, steps })).toFixed(0));
      }
      rows.push([name, pace ?? "its own", batch, ...cells]);
      console.error(rows.at(-1).join("  "));
    }
}
const header = [
  "model",
  "tokens a step",
  "texts at a time",
  ...lengths.map((length) => `${length} tokens`),
];
const body = [
  `Tokens per second, of all texts together; ${rounds > 1 ? `medians of ${rounds} rounds` : "one round"}, after one that isn't counted.`,
  "",
  ...tableLines(header, rows),
  "",
  "```sh",
  `node recipes/study/speed.mjs --models ${values.models} --lengths ${values.lengths} --batches ${values.batches} --rounds ${rounds}`,
  "```",
];
writeBetween(values.page, values.name, body.join("\n"));
