/**
 * How fast models write, one text and several at a time, as texts grow.
 *
 *   node recipes/study/speed.mjs --models autoregressive,bd3lm-4,mdlm --lengths 64,256,512 --batches 1,16
 *
 * Models that may write several tokens in a step are measured twice: with a step for each token, and with one for four. An
 * autoregressive model and block diffusion keep keys and values of what is finished; masked diffusion sees everything anew.
 * Everything is measured once in each round, by at least --tokens tokens, so that what slows the machine for a while slows all of
 * it alike: who is how many times as fast is told from round to round.
 */
import { parseArgs } from "node:util";
import { modelFolder } from "../../dist/checkpoint/shipped-models.js";
import { collectTexts } from "../../dist/evaluate/generative.js";
import { openModel } from "../../dist/generate/model.js";
import { samplingOptions, withoutHabits } from "../../dist/generate/sampling.js";
import { cpuRuntime, readModel } from "../../dist/node.js";
import { meanAndError } from "../../dist/objective/mean.js";
import { openCanvas } from "../../dist/sample/canvas.js";
import { ruleFromSpec } from "../../dist/sample/rules/index.js";
import { sample } from "../../dist/sample/sample.js";
import { writeBetween } from "../between-markers.mjs";
import { tableLines } from "../table.mjs";
import { withError } from "../with-error.mjs";

/** @param {string} value */
const text = (value) => /** @type {const} */ ({ type: "string", default: value });
const { values } = parseArgs({
  options: {
    models: text("autoregressive,bd3lm-4,mdlm"),
    lengths: text("64,256,512"),
    batches: text("1,16"),
    rounds: text("8"),
    tokens: text("1024"),
    seed: text("0"),
    page: text("docs/STUDY.md"),
    name: text("speed"),
  },
});
const list = (words) => words.split(",").map(Number);
const [lengths, batches] = [list(values.lengths), list(values.batches)];
const [rounds, leastTokens, seed] = [values.rounds, values.tokens, values.seed].map(Number);
const runtime = cpuRuntime();

/** A model by its name, and how many tokens it may write in a step. */
async function openToRace(name) {
  const contents = withoutHabits(await readModel(await modelFolder(name)));
  const model = await openModel(contents, { name, runtime });
  return { name, model, paces: ruleFromSpec(model.kind.rule).obeysSteps ? [1, 4] : [undefined] };
}

/** Tokens per second of so many texts at a time. */
async function speedOf({ model, pace, batch }, length, round) {
  const canvas = openCanvas({ length, maskId: model.tokenizer.maskId });
  const steps = pace && Math.ceil(length / pace);
  const draws = { seed: seed * (rounds + 1) + round, canvas };
  const count = batch * Math.ceil(leastTokens / (batch * length));
  const { seconds } = await collectTexts({
    start: (index) => sample(samplingOptions(model, { steps }, { ...draws, index })),
    count,
    batch,
    endIds: [],
  });
  return (length * count) / seconds;
}

const racers = await Promise.all(values.models.split(",").map(openToRace));
const lines = racers.flatMap(({ name, model, paces }) =>
  paces.flatMap((pace) =>
    batches.map((batch) => ({ name, model, pace, batch, speeds: lengths.map(() => []) })),
  ),
);
for (let round = 0; round <= rounds; round++)
  for (const line of lines)
    for (const [at, length] of lengths.entries()) {
      const speed = await speedOf(line, length, round);
      const { name, pace = "its own", batch, speeds } = line;
      console.error(`round ${round}: ${name}, ${pace}, ${batch} x ${length}: ${speed.toFixed(0)}`);
      // The first round loads and warms, and isn't counted.
      if (round > 0) speeds[at].push(speed);
    }

/** The mean of the rounds, with its standard error when there are several. */
function shown(measured, digits) {
  const { mean, standardError } = meanAndError(measured);
  return rounds > 1 ? withError(mean, standardError, digits) : mean.toFixed(digits);
}

/** A table of what was measured at each length, a row for each line. */
function tableOf(some, measured, heading, digits) {
  const header = ["model", "tokens a step", "texts at a time", ...lengths.map(heading)];
  const rows = some.map((line) => {
    const { name, pace = "its own", batch } = line;
    return [name, pace, batch, ...measured(line).map((each) => shown(each, digits))];
  });
  return tableLines(header, rows);
}

/** How many times as fast as the first model, with as many texts at a time, in each round. */
function timesAsFast({ batch, speeds }) {
  const reference = lines.find((line) => line.batch === batch);
  return speeds.map((each, at) => each.map((speed, round) => speed / reference.speeds[at][round]));
}

const [first] = racers;
const others = lines.filter(({ name }) => name !== first.name);
const body = [
  `Tokens per second, of all texts together; ${rounds > 1 ? `means of ${rounds} rounds, with their standard errors` : "one round"}, after one that isn't counted.`,
  "",
  ...tableOf(
    lines,
    ({ speeds }) => speeds,
    (length) => `${length} tokens`,
    0,
  ),
  "",
  `How many times as fast as ${first.name}, with as many texts at a time, in the same round:`,
  "",
  ...tableOf(others, timesAsFast, (length) => `${length} tokens, times as fast`, 2),
  "",
  "```sh",
  `node recipes/study/speed.mjs --models ${values.models} --lengths ${values.lengths} --batches ${values.batches} --rounds ${rounds} --seed ${seed}`,
  "```",
];
writeBetween(values.page, values.name, body.join("\n"));
