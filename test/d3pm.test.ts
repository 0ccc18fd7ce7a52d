/**
 * D3PM as it is trained and sampled: the objective's average is the bound, samplers draw from the law
 * that enumeration gives, also when they skip steps, and real vocabularies fit.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { constant, floats, input, program, randomKey, randomStream, splitKey } from "unmask/tensor";
import type { Value } from "unmask/tensor";
import { loadConstant } from "../src/checkpoint/constants.ts";
import { readModel } from "../src/checkpoint/model-folder.ts";
import { divergence } from "../src/diffusion/entropy.ts";
import type { Process } from "../src/diffusion/process.ts";
import { createProcess, processNames } from "../src/diffusion/processes/index.ts";
import { createRates } from "../src/diffusion/rates/index.ts";
import { likelihood } from "../src/evaluate/likelihood.ts";
import { transformerConfig } from "../src/model/sizes.ts";
import { transformerParameters } from "../src/model/transformer.ts";
import { initialize } from "../src/nn/parameter.ts";
import { chainObjective } from "../src/objective/chain.ts";
import { masked } from "../src/objective/masked.ts";
import { discreteTime } from "../src/objective/masking.ts";
import type { Batch, Objective } from "../src/objective/objective.ts";
import { tokenLesson } from "../src/objective/lesson.ts";
import { score, scoreProgram } from "../src/objective/score.ts";
import { finish } from "../src/sample/frame.ts";
import { ancestral } from "../src/sample/rules/ancestral.ts";
import { sample } from "../src/sample/sample.ts";
import { canvasDenoiser } from "../src/system/denoisers/canvas.ts";
import { openDenoisers } from "../src/system/denoisers/index.ts";
import { systemOf } from "../src/system/index.ts";
import { chiSquareScore } from "../src/testing/chi-square.ts";
import { scriptedDenoiser } from "../src/testing/denoisers.ts";
import { enumerateTexts } from "../src/testing/enumerated.ts";
import { memoryTokens } from "../src/text/index.ts";
import { newRun, resumeRun, startRun } from "../src/train/run.ts";
import { certain, total } from "./support/golden.ts";
import { loudWeights } from "./support/loud-weights.ts";

const [size, maskId, length] = [4, 3, 2];
const runtime = cpuRuntime({ threads: 1 });
const world = {
  states: { size, maskId },
  embeddings: [
    [1, 0],
    [1, 1],
    [-1, 3],
    [0, 0],
  ].map((point) => Float64Array.from(point)),
  neighbours: 2,
};
const linear = createRates("linear", { low: 0.1, high: 0.8 });
const chainOf = (name: string, steps: number, rates = linear): Process =>
  createProcess(name, { ...world, steps, rates });

/** A random network with weights large enough that every place and time matters. */
const config = transformerConfig(
  { layers: 1, heads: 2, width: 16 },
  { vocabulary: size, attention: { kind: "bidirectional" }, timed: true },
);
const weights = loudWeights(config, { deviation: 0.15, seed: 2 });
const tell = (time: number): number => 1000 * time;
const x0 = Int32Array.of(0, 2);
const canvases = enumerateTexts(size, length);

const denoiser = await canvasDenoiser({
  runtime,
  system: systemOf("d3pm").create({ size, maskId, endId: 0 }),
  config,
  weights,
  maskId,
  window: length,
});

/** p(x0 | canvas) of every canvas at a time, [canvas][place][size]. */
async function beliefs(time: number): Promise<Float64Array[][]> {
  const places = Int32Array.of(0, 1);
  const rows = await denoiser.predictBatch(canvases.map((canvas) => ({ canvas, places, time })));
  return rows.map((row) =>
    [0, 1].map((place) =>
      Float64Array.from(row.subarray(place * size, (place + 1) * size), Math.exp),
    ),
  );
}

/** The whole bound of x0, with every canvas of every step. */
async function exactBound(
  process: Process,
  told = (time: number): number => time,
): Promise<number> {
  const steps = process.steps!;
  const prior = (token: number) => divergence(process.marginal(token, 1), process.noise);
  let nats = total(Array.from(x0, prior));
  for (let k = 1; k <= steps; k++) {
    const [s, t] = [(k - 1) / steps, k / steps];
    const answers = await beliefs(told(t));
    canvases.forEach((canvas, at) => {
      const chance = canvas.reduce((p, xt, i) => p * process.marginal(x0[i]!, t)[xt]!, 1);
      if (chance === 0) return;
      canvas.forEach((xt, i) => {
        const known = process.posterior(xt, certain(x0[i]!, size), s, t);
        nats += chance * divergence(known, process.posterior(xt, answers[at]![i]!, s, t));
      });
    });
  }
  return nats;
}

async function estimate(
  objective: Objective,
  { samples, windows }: { samples: number; windows: number },
): Promise<{ nats: number; error: number }> {
  const setup = { lesson: tokenLesson(config, objective), batch: 64, length };
  const executable = await runtime.compile(scoreProgram(setup), { constants: weights });
  const result = await score(setup, {
    run: (inputs) => executable.run(inputs),
    windows: (async function* () {
      for (let i = 0; i < windows; i++) yield { x0 };
    })(),
    samples,
    key: randomKey(5),
  });
  await executable.dispose();
  return { nats: result.nats * length, error: result.standardError * length };
}

describe.each(processNames)("the bound under %s noise", (name) => {
  const process = chainOf(name, 4);
  const objective = chainObjective({ process, lambda: 0, tell });

  test("by scanning all steps, and by single draws, is the enumerated one", async () => {
    const exact = await exactBound(process);
    const scan = await estimate(objective, { samples: 4, windows: 500 });
    const single = await estimate(objective, { samples: 1, windows: 2000 });
    for (const { nats, error } of [scan, single]) {
      expect(Math.abs(nats - exact)).toBeLessThan(4 * error + 1e-4);
      expect(error).toBeLessThan(0.1 * exact);
    }
    // As many draws, but those of a scan share the steps out evenly.
    expect(scan.error).toBeLessThan(single.error);
  });

  test("given places cost nothing and stay, even where noise would leave none", async () => {
    const given = Uint8Array.of(1, 0);
    const batch: Batch = { x0, batch: 1, length, given, levels: Float64Array.of(0.99) };
    const drawn = objective.draw(batch, randomKey(3));
    expect(drawn["tokens"]!.data[0]).toBe(x0[0]);
    const setup = { lesson: tokenLesson(config, objective), batch: 1, length };
    const executable = await runtime.compile(scoreProgram(setup), { constants: weights });
    const { losses } = await executable.run(drawn);
    await executable.dispose();
    // The free place counts for both.
    const answers = await beliefs(1);
    const canvas = drawn["tokens"]!.data as Int32Array;
    const at = canvases.findIndex((other) => other.every((token, i) => token === canvas[i]));
    const [xt, free] = [canvas[1]!, x0[1]!];
    const known = process.posterior(xt, certain(free, size), 0.75, 1);
    const guessed = process.posterior(xt, answers[at]![1]!, 0.75, 1);
    const prior = divergence(process.marginal(free, 1), process.noise);
    expect(losses!.data[0]).toBeCloseTo(2 * (4 * divergence(known, guessed) + prior), 3);
  });
});

describe("absorbing noise in discrete time", () => {
  test("agrees with the masked objective, step by step, on every canvas", async () => {
    const steps = 5;
    const process = chainOf("absorbing", steps, createRates("standard"));
    const chain = chainObjective({ process, lambda: 0, tell });
    const schedule = { alpha: (t: number) => 1 - t };
    const direct = masked({ maskId, masking: discreteTime(schedule, steps), tell });
    const batch = 40;
    const windows: Batch = {
      x0: Int32Array.from({ length: batch * length }, (_, i) => i % 3),
      batch,
      length,
      levels: Float64Array.from({ length: batch }, (_, i) => (i + 0.5) / batch),
    };
    const run = async (objective: Objective, inputs: Record<string, Value>) => {
      const setup = { lesson: tokenLesson(config, objective), batch, length };
      const executable = await runtime.compile(scoreProgram(setup), { constants: weights });
      const { losses } = await executable.run(inputs);
      await executable.dispose();
      return losses!.data;
    };
    const noised = direct.draw(windows, randomKey(9));
    const theirs = await run(direct, noised);
    const drawn = chain.draw(windows, randomKey(9));
    const ours = await run(chain, { ...drawn, tokens: noised["tokens"]! });
    theirs.forEach((nats, i) => expect(ours[i]).toBeCloseTo(nats, 3));
    expect(total(theirs)).toBeGreaterThan(10);
  });

  test("comes down to the bound of continuous time as steps grow", async () => {
    // Told the same time always: a bound of one network.
    const bounds: number[] = [];
    for (const steps of [1, 2, 4, 8, 16])
      bounds.push(
        await exactBound(chainOf("absorbing", steps, createRates("standard")), () => 0.5),
      );
    bounds.slice(1).forEach((bound, i) => expect(bound).toBeLessThan(bounds[i]!));
    // In continuous time one place after the other is revealed: the mean over both orders.
    const answers = await beliefs(0.5);
    const cost = (canvas: number[], place: number): number => {
      const at = canvases.findIndex((other) => other.every((token, i) => token === canvas[i]));
      return -Math.log(answers[at]![place]![x0[place]!]!);
    };
    const [a, b] = [x0[0]!, x0[1]!];
    const empty = [maskId, maskId];
    const limit =
      (cost(empty, 0) + cost([a, maskId], 1) + cost(empty, 1) + cost([maskId, b], 0)) / 2;
    expect(bounds.at(-1)).toBeGreaterThan(limit);
    // What is missing is the chance that both fall in one step, which halves with twice the steps.
    const gaps = bounds.map((bound) => bound - limit);
    expect(gaps[4]! / gaps[3]!).toBeCloseTo(0.5, 1);
  });
});

describe("the ancestral sampler", () => {
  const steps = 6;
  /** Looks at its own place and the time only, so that its law is a product of small matrices. */
  const belief = (place: number, current: number, time: number): Float64Array => {
    const row = Float64Array.from({ length: size }, (_, token) =>
      token === maskId ? 0 : 1 + ((7 * token + 3 * current + 5 * place) % 4) * (2 - time),
    );
    return row.map((weight) => weight / total(row));
  };
  const settings = processNames.flatMap((name) =>
    [steps, steps / 2].map((count) => ({ name, count })),
  );

  test.each(settings)("under $name noise in $count of 6 steps", async ({ name, count }) => {
    const process = chainOf(name, steps);
    const model = {
      ...scriptedDenoiser({
        vocabulary: size,
        script: (place, { canvas, time }) => belief(place, canvas[place]!, time),
      }),
      process,
    };
    const draws = 2000;
    const counts = [new Float64Array(size), new Float64Array(size)];
    for (let seed = 0; seed < draws; seed++) {
      const canvas = Int32Array.of(maskId, maskId);
      const options = { denoiser: model, canvas, rule: ancestral(), steps: count };
      const last = await finish(sample({ ...options, key: randomKey(seed) }));
      last.canvas.forEach((token, place) => (counts[place]![token]! += 1));
    }
    counts.forEach((found, place) => {
      let law = process.noise;
      for (let i = count; i > 0; i--) {
        const [s, t] = [(i - 1) / count, i / count];
        const next = new Float64Array(size);
        law.forEach((p, xt) => {
          if (p === 0) return;
          const reverse = process.posterior(xt, belief(place, xt, t), s, t);
          reverse.forEach((q, xs) => (next[xs]! += p * q));
        });
        law = next;
      }
      expect(law[maskId]).toBe(0);
      expect(chiSquareScore(found, law)).toBeLessThan(4);
    });
  });
});

describe("a vocabulary of 50,000", () => {
  const states = { size: 50_000, maskId: 49_999 };
  const steps = 1000;

  test.each(["absorbing", "uniform", "absorbing-uniform"])("%s has a closed form", async (name) => {
    const rates = createRates(name === "uniform" ? "mutual-information" : "standard");
    const process = createProcess(name, { states, steps, rates });
    const text = Int32Array.of(5, 40_000, 7, 8);
    const xt = process.corrupt(text, 0.5, randomStream(randomKey(2)));
    expect(xt.length).toBe(4);
    expect(total(process.marginal(5, 0.5))).toBeCloseTo(1, 9);
    expect(total(process.posterior(xt[0]!, certain(5, states.size), 0.499, 0.5))).toBeCloseTo(1, 9);
    const shape = transformerConfig(
      { layers: 1, heads: 2, width: 8 },
      { vocabulary: states.size, attention: { kind: "bidirectional" }, timed: true },
    );
    const objective = chainObjective({ process, lambda: 0.01, tell });
    const setup = { lesson: tokenLesson(shape, objective), batch: 1, length: 4 };
    const executable = await runtime.compile(scoreProgram(setup), {
      constants: initialize(transformerParameters(shape), randomKey(1)),
    });
    const drawn = objective.draw({ x0: text, batch: 1, length: 4 }, randomKey(4));
    const { losses } = await executable.run(drawn);
    await executable.dispose();
    expect(losses!.data[0]).toBeGreaterThan(0);
    expect(losses!.data[0]).toBeLessThan(1e6);
  });

  test.each(["band", "gaussian", "absorbing-gaussian", "nearest", "nearest-sinkhorn"])(
    "%s is refused, with the arithmetic",
    (name) => {
      expect(() => createProcess(name, { states, steps, rates: linear })).toThrow(
        "50000^2 entries x 8 bytes x 2000 products of 1000 steps = 40000.0 GB; a vocabulary of 353 fits with 1000 steps, and absorbing, uniform and absorbing-uniform need no matrices",
      );
    },
  );
});

test("float32 loses nothing that counts: a thousand steps of nearly certain divergences", async () => {
  const process = createProcess("uniform", {
    states: { size: 1000, maskId: 999 },
    steps: 1000,
    rates: createRates("cosine"),
  });
  const objective = chainObjective({ process, lambda: 0, tell });
  const batch = 20;
  const windows: Batch = {
    x0: Int32Array.from({ length: batch }, (_, i) => 31 * i),
    batch,
    length: 1,
    levels: Float64Array.from({ length: batch }, (_, i) => (i + 0.5) / batch),
  };
  const drawn = objective.draw(windows, randomKey(6));
  const logits = Float32Array.from({ length: batch * 1000 }, (_, i) => 3 * Math.sin(i * i));
  const inputs = Object.fromEntries(
    Object.entries(objective.inputs(batch, 1)).map(([name, spec]) => [
      name,
      input(name, spec.shape, spec.dtype),
    ]),
  );
  const network = () => constant(floats([batch, 1, 1000], logits));
  const losses = objective.losses(inputs, network);
  const executable = await runtime.compile(program({ name: "losses", outputs: { losses } }));
  const { time: _, ...known } = drawn;
  const answer = await executable.run(known);
  await executable.dispose();
  windows.x0.forEach((token, i) => {
    const k = 1 + Math.floor(windows.levels![i]! * 1000);
    const [s, t] = [(k - 1) / 1000, k / 1000];
    const belief = Float64Array.from(logits.subarray(i * 1000, i * 1000 + 1000), Math.exp);
    belief[999] = 0;
    const sum = total(belief);
    const xt = drawn["tokens"]!.data[i]!;
    const wanted =
      1000 *
      divergence(
        process.posterior(xt, certain(token, 1000), s, t),
        process.posterior(
          xt,
          belief.map((p) => p / sum),
          s,
          t,
        ),
      );
    expect(Math.abs(answer["losses"]!.data[i]! - wanted)).toBeLessThan(1e-3 + 1e-4 * wanted);
  });
});

describe("a run whose process needs embeddings", async () => {
  const folder = await mkdtemp(join(tmpdir(), "unmask-d3pm-"));
  afterAll(() => rm(folder, { recursive: true }));
  const { writeFile } = await import("node:fs/promises");
  const data = join(folder, "text.txt");
  await writeFile(data, "the cat sat on a mat and the dog sat on a log. ".repeat(40));
  const kind = systemOf("d3pm", { transition: "nearest", timesteps: 20 });
  const request = (name: string, init?: string) => ({
    folder: join(folder, name),
    kind,
    tokenizer: "char",
    length: 16,
    init,
    steps: 4,
    transformer: (vocabulary: number) =>
      transformerConfig({ layers: 1, heads: 2, width: 16 }, { vocabulary, ...kind }),
    settings: () => ({
      data,
      batch: 4,
      accumulate: 1,
      seed: 1,
      learningRate: { schedule: "constant", peak: 1e-3, floor: 1e-3, warmup: 1 },
      optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 },
      ema: 0.9,
      dropout: 0,
      evalEvery: 4,
      saveEvery: 2,
      evalWindows: 4,
      command: "",
    }),
  });

  test("keeps them with the model, and trains, resumes, scores and samples with them", async () => {
    const run = await newRun(request("first"), runtime);
    for await (const event of startRun(run, { runtime }))
      if (event.kind === "step") expect(event.loss).toBeGreaterThan(0);
    const resumed = await resumeRun(run.folder, (settings) => ({ ...settings, steps: 6 }));
    expect(resumed.embeddings).toEqual(run.embeddings);
    for await (const event of startRun(resumed, { runtime })) expect(event.kind).toBeDefined();

    const model = await readModel(run.folder);
    expect(model.embeddings).toEqual(run.embeddings);
    const tokens = memoryTokens(model.tokenizer.encode("the cat sat on a mat"));
    const result = await likelihood({ runtime, model, tokens, batch: 4, samples: 20, seed: 1 });
    expect(result.exact).toBe(false);
    expect(result.nats).toBeGreaterThan(0);
    const { tokenizer, embeddings } = model;
    const make = await openDenoisers({
      runtime,
      kind,
      config: model.config.transformer,
      length: 16,
      weights: model.weights,
      tokenizer,
      embeddings,
    });
    const canvas = new Int32Array(8).fill(tokenizer.maskId);
    const options = { denoiser: make(), canvas, rule: ancestral(), steps: 5 };
    const last = await finish(sample({ ...options, key: splitKey(randomKey(1), "text") }));
    expect(last.canvas).not.toContain(tokenizer.maskId);
  });

  test("takes them from the model that it starts from", async () => {
    const other = await newRun(request("second", join(folder, "first")), runtime);
    const start = await readModel(join(folder, "first"));
    const table = await loadConstant(start.weights["embed.weight"]!);
    expect(other.embeddings![3]).toEqual(Float64Array.from(table.data.subarray(3 * 16, 4 * 16)));
  });
});
