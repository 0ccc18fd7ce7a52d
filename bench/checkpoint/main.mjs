/**
 * Tokens per second and peak memory of an answer by published models at their real sizes (random
 * weights), ours beside PyTorch's, in turns; and what each technique brings.
 *
 * `npm run bench -- checkpoint [--models qwen3-0.6b,mdlm-owt] [--prompt 128] [--length 128] [--steps 32]
 * [--rounds 3] [--python python3] [--folder bench/checkpoint/.models] [--only NAME,NAME]`
 *
 * The sampler is LLaDA's: in every step the tokens that the model is surest of, greedily. The peer
 * (`peers/canvas_sampler.py`) is the same sampler on the same weights as its authors publish it: the
 * logits of the whole canvas in every step, in float32 and in bfloat16. Contenders are processes of their
 * own that write the same answer in turns. `agree` is the share of tokens that are PyTorch float32's.
 */
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { checkpointFolder } from "./models.mjs";
import { quantisedFolder } from "./quantised.mjs";

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

export async function main(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      models: { type: "string", default: "qwen3-0.6b,mdlm-owt" },
      prompt: { type: "string", default: "128" },
      length: { type: "string", default: "128" },
      steps: { type: "string", default: "32" },
      block: { type: "string", default: "32" },
      rounds: { type: "string", default: "3" },
      python: { type: "string", default: process.env.PYTHON ?? "python3" },
      folder: { type: "string", default: here(".models") },
      only: { type: "string", default: "" },
    },
  });
  await mkdir(values.folder, { recursive: true });
  for (const name of values.models.split(",")) await compare(name, values);
}

async function compare(name, values) {
  const { length, steps, block, rounds, python } = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      /^\d+$/.test(value) ? Number(value) : value,
    ]),
  );
  const folder = await checkpointFolder(values.folder, name);
  const half = await checkpointFolder(values.folder, name, "bfloat16");
  const prompt = Array.from(
    { length: Number(values.prompt) },
    (_, i) => 1000 + ((i * 7919) % 40_000),
  );
  const int8 = await quantisedFolder(folder, "int8");
  const int4 = await quantisedFolder(folder, "int4");
  const task = { folder, prompt, length, steps, cache: "exact", ask: "survey" };
  const ours = (label, change) => ({
    label,
    command: process.execPath,
    args: [here("worker.mjs"), JSON.stringify({ ...task, ...change })],
  });
  const peer = (dtype) => ({
    label: `torch ${dtype}`,
    command: python,
    args: [
      here("../peers/canvas_sampler.py"),
      JSON.stringify({ ...task, folder: dtype === "float32" ? folder : half, dtype }),
    ],
  });
  const cached = { block, cache: "dual" };
  const only = values.only.split(",").filter(Boolean);
  const plans = [
    peer("float32"),
    peer("bfloat16"),
    ours("float32 all logits", { ask: "whole" }),
    ours("float32 open rows", { ask: "rows" }),
    ours("float32", {}),
    ours("int8", { folder: int8 }),
    ours("int4", { folder: int4 }),
    ours("float32 dual cache", cached),
    ours("int8 dual cache", { ...cached, folder: int8 }),
    ours("int4 dual cache", { ...cached, folder: int4 }),
  ].filter(({ label }) => only.length === 0 || only.includes(label));
  const contenders = [];
  for (const plan of plans) {
    const one = contender(plan);
    if (await one.ready) contenders.push(one);
  }
  // The first answer warms up.
  for (let round = 0; round <= rounds; round++)
    for (const one of contenders) await one.round(round > 0);
  report(name, { prompt: prompt.length, length, steps, block }, contenders);
  for (const one of contenders) one.stop();
}

function contender({ label, command, args }) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    return done ? undefined : JSON.parse(value);
  };
  const self = {
    label,
    seconds: [],
    peak: 0,
    tokens: [],
    ready: new Promise((resolve) => {
      child.once("error", () => resolve(false));
      next().then(
        (value) => resolve(value !== undefined),
        () => resolve(false),
      );
    }),
    async round(counts) {
      child.stdin.write("1\n");
      const { seconds, peak, tokens } = await next();
      if (counts) self.seconds.push(seconds);
      self.peak = peak;
      self.tokens = tokens;
    },
    stop: () => child.stdin.end(),
  };
  return self;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

function report(name, task, contenders) {
  const speed = ({ seconds }) => task.length / median(seconds);
  const peers = contenders.filter(({ label }) => label.startsWith("torch"));
  const best = Math.max(...peers.map(speed));
  const least = Math.min(...peers.map(({ peak }) => peak));
  const reference = contenders.find(({ label }) => label === "torch float32");
  console.log(
    `\n${name}: ${task.prompt} + ${task.length} tokens in ${task.steps} steps (cached: blocks of ${task.block})`,
  );
  console.log("contender              tokens/s   / best peer   peak MB   / least peer   agree");
  for (const one of contenders) {
    const agree = reference?.tokens.filter((token, i) => token === one.tokens[i]).length;
    console.log(
      [
        one.label.padEnd(22),
        speed(one).toFixed(2).padStart(8),
        (speed(one) / best).toFixed(2).padStart(13),
        one.peak.toFixed(0).padStart(9),
        (one.peak / least).toFixed(2).padStart(14),
        reference ? ((100 * agree) / task.length).toFixed(0).padStart(6) + " %" : "",
      ].join(" "),
    );
  }
  if (!reference) console.log("(no peer: the python given has no torch; see --python)");
}
