/**
 * What drawing in 32 bits does to a text (Zheng et al. 2024, arXiv 2409.02908): public code takes the greatest of weights over
 * exponential noise made of uniform numbers of 24 bits. Beside it, the same model and steps with draws in 64 bits.
 *
 *   node recipes/study/precision.mjs --model mdlm --judge autoregressive --steps 128,1024
 */
import { parseArgs } from "node:util";
import { modelFolder } from "../../dist/checkpoint/shipped-models.js";
import { differenceOf } from "../../dist/evaluate/difference.js";
import { judgeTexts } from "../../dist/evaluate/judge.js";
import { unigramEntropy } from "../../dist/evaluate/unigram-entropy.js";
import { openModel } from "../../dist/generate/model.js";
import { samplingOptions, withoutHabits } from "../../dist/generate/sampling.js";
import { cpuRuntime, readModel } from "../../dist/node.js";
import { meanAndError } from "../../dist/objective/mean.js";
import { openCanvas } from "../../dist/sample/canvas.js";
import { finish } from "../../dist/sample/frame.js";
import { sample } from "../../dist/sample/sample.js";
import { randomKey, randomStream, splitKey } from "../../dist/tensor/index.js";
import { writeBetween } from "../between-markers.mjs";
import { tableLines } from "../table.mjs";
import { withError } from "../with-error.mjs";

/** @param {string} value */
const text = (value) => /** @type {const} */ ({ type: "string", default: value });
const { values } = parseArgs({
  options: {
    model: text("mdlm"),
    judge: text("autoregressive"),
    steps: text("128,1024"),
    count: text("32"),
    seed: text("0"),
    page: text("docs/STUDY.md"),
    name: text("precision"),
  },
});
const [count, seed] = [values.count, values.seed].map(Number);
const runtime = cpuRuntime();
const read = async (name) => withoutHabits(await readModel(await modelFolder(name)));
const model = await openModel(await read(values.model), { name: values.model, runtime });
const judge = { runtime, model: await read(values.judge), batch: 16 };

/** A draw as public code makes it; the numbers it is made of have 24 bits. */
function in32Bits(index) {
  return (weights, { step, place }) => {
    const random = randomStream(splitKey(randomKey(seed), "noise", index, step, place));
    let [best, most] = [0, -1];
    for (const [token, weight] of weights.entries()) {
      const uniform = Math.floor(random.uniform() * 2 ** 24) / 2 ** 24;
      const noise = Math.fround(1e-10 - Math.log(Math.fround(uniform + 1e-10)));
      const ratio = Math.fround(weight / noise);
      if (ratio > most) [best, most] = [token, ratio];
    }
    return best;
  };
}

/** Entropy and cost of each text, written in so many steps. */
async function write(steps, draws) {
  const canvases = [];
  for (let index = 0; index < count; index++) {
    const canvas = openCanvas({ length: model.config.length, maskId: model.tokenizer.maskId });
    const options = samplingOptions(model, { rule: "ancestral", steps }, { seed, index, canvas });
    canvases.push((await finish(sample({ ...options, choose: draws?.(index) }))).canvas);
  }
  const texts = canvases.map((tokens) => ({ text: model.tokenizer.decode(tokens), ended: false }));
  const verdicts = await judgeTexts(texts, judge);
  return {
    entropy: canvases.map((tokens) => unigramEntropy(tokens)),
    nats: verdicts.map(({ nats, tokens }) => nats / tokens),
  };
}

const shown = (value, error) => withError(value, error, 3);
const meanOf = (each) => {
  const { mean, standardError } = meanAndError(each);
  return { value: mean, error: standardError, samples: each.length, each };
};
const rows = [];
for (const steps of values.steps.split(",").map(Number)) {
  const [precise, rough] = [await write(steps), await write(steps, in32Bits)];
  const { value, error, clear } = differenceOf(meanOf(rough.entropy), meanOf(precise.entropy));
  const difference = clear ? `**${shown(value, error)}**` : shown(value, error);
  /** @param {string} bits @param {string} beside */
  const row = (bits, { entropy, nats }, beside) => {
    const figures = [entropy, nats].map(meanOf).map((one) => shown(one.value, one.error));
    return [String(steps), bits, ...figures, beside];
  };
  rows.push(row("64", precise, "–"), row("32", rough, difference));
  for (const one of rows.slice(-2)) console.error(one.join("  "));
}
const header = [
  "steps",
  "bits",
  "entropy of a text, nats",
  "judge, nats/token",
  "entropy: 32 less 64 bits",
];
const body = [
  `${count} texts of ${model.config.length} tokens each, by \`ancestral\`, from ${values.model}, judged by ${values.judge}; ± one standard error.`,
  "",
  ...tableLines(header, rows),
  "",
  "```sh",
  `node recipes/study/precision.mjs --model ${values.model} --judge ${values.judge} --steps ${values.steps} --count ${count} --seed ${seed}`,
  "```",
];
writeBetween(values.page, values.name, body.join("\n"));
