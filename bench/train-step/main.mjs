/**
 * Milliseconds and peak memory of one training step, ours beside PyTorch's, in turns.
 *
 * `npm run bench -- train-step [--sizes micro,mini,small] [--rounds 5] [--python python3]`
 *
 * The peer (`peers/train_step.py`) is the same network, loss, clipping and AdamW in PyTorch eager, in
 * float32 and in bfloat16 autocast. Each contender is a process of its own that is started once and
 * asked for a few steps in every round, so that all of them meet the same weather. Figures are
 * medians over rounds of each round's median; ratios are taken within rounds.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { shapes } from "./shapes.mjs";

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

export async function main(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      sizes: { type: "string", default: "micro,mini,small" },
      rounds: { type: "string", default: "5" },
      python: { type: "string", default: process.env.PYTHON ?? "python3" },
    },
  });
  for (const size of values.sizes.split(",")) {
    const shape = JSON.stringify(shapes[size]);
    const contenders = [
      contender("unmask", process.execPath, [here("worker.mjs"), shape]),
      contender("torch float32", values.python, [here("../peers/train_step.py"), shape, "float32"]),
      contender("torch bfloat16", values.python, [
        here("../peers/train_step.py"),
        shape,
        "bfloat16",
      ]),
    ];
    const present = [];
    for (const one of contenders) if (await one.ready) present.push(one);
    for (let round = 0; round < Number(values.rounds); round++)
      for (const one of present) await one.round();
    report(size, present);
    for (const one of present) one.stop();
  }
}

function contender(name, command, args) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    return done ? undefined : JSON.parse(value);
  };
  const self = {
    name,
    medians: [],
    peak: 0,
    ready: new Promise((resolve) => {
      child.once("error", () => resolve(false));
      answer().then(
        (value) => resolve(value !== undefined),
        () => resolve(false),
      );
    }),
    async round() {
      child.stdin.write("5\n");
      const { times, peak } = await answer();
      self.medians.push(median(times));
      self.peak = peak;
    },
    stop: () => child.stdin.end(),
  };
  return self;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

function report(size, contenders) {
  const peer = contenders.find(({ name }) => name === "torch float32");
  console.log(`\n${size}: ${JSON.stringify(shapes[size])}`);
  console.log("                  ms/step   ratio   peak MB   ratio");
  for (const { name, medians, peak } of contenders) {
    const time = peer ? median(medians.map((value, i) => value / peer.medians[i])) : NaN;
    const memory = peer ? peak / peer.peak : NaN;
    console.log(
      [
        name.padEnd(15),
        median(medians).toFixed(1).padStart(9),
        time.toFixed(2).padStart(7),
        peak.toFixed(0).padStart(9),
        memory.toFixed(2).padStart(7),
      ].join(" "),
    );
  }
  if (!peer) console.log("(no peer: the python given has no torch; see --python)");
}
