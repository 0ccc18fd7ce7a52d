/**
 * The identities that tie the systems together: each loss is another one's in a special case, on random
 * networks over 3 tokens and a mask.
 */
import { describe, expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { constant, expand, floats, logSoftmax, randomKey, splitKey } from "unmask/tensor";
import { absorbing } from "../src/diffusion/processes/absorbing.ts";
import { uniform } from "../src/diffusion/processes/uniform.ts";
import { createSchedule, scheduleNames } from "../src/diffusion/schedules/index.ts";
import { fixedNetwork, forbid } from "../src/model/network.ts";
import type { Network } from "../src/model/network.ts";
import { transformerConfig } from "../src/model/sizes.ts";
import { transformerParameters } from "../src/model/transformer.ts";
import type { TransformerConfig } from "../src/model/transformer.ts";
import type { AttentionPattern } from "../src/nn/attention-mask.ts";
import { parameterInputs } from "../src/nn/parameter.ts";
import { masked } from "../src/objective/masked.ts";
import {
  clippedRate,
  continuousTime,
  exactCount,
  importanceTime,
} from "../src/objective/masking.ts";
import type { Masking } from "../src/objective/masking.ts";
import type { Batch, Objective } from "../src/objective/objective.ts";
import {
  absorbingScoreEntropy,
  scoresOfClean,
  uniformScoreEntropy,
} from "../src/objective/score-entropy.ts";
import { openCanvas } from "../src/sample/canvas.ts";
import { greedy } from "../src/sample/processor.ts";
import { createRule } from "../src/sample/rules/index.ts";
import { sample } from "../src/sample/sample.ts";
import { cachedDenoisers } from "../src/system/denoisers/cached.ts";
import { systemOf } from "../src/system/index.ts";
import { input, program } from "../src/tensor/index.ts";
import { loudWeights } from "./support/loud-weights.ts";

const [size, maskId, length] = [4, 3, 6];
const states = { size, maskId };
const runtime = cpuRuntime({ threads: 1 });
const x0 = Int32Array.of(0, 2, 1, 1, 0, 2);

function model(attention: AttentionPattern, timed = false) {
  const config = transformerConfig(
    { layers: 2, heads: 2, width: 16 },
    { vocabulary: size, attention, timed },
  );
  return { config, weights: loudWeights(config, { deviation: 0.6, seed: 5 }) };
}

type Model = ReturnType<typeof model>;

/** The losses of a batch, as the graph gives them. */
async function lossesOf(
  objective: Objective,
  { config, weights }: Model,
  {
    windows,
    key = randomKey(3),
    around = (network: Network) => network,
  }: {
    windows: Batch;
    key?: ReturnType<typeof randomKey>;
    around?: (network: Network) => Network;
  },
): Promise<Float32Array> {
  const inputs = Object.fromEntries(
    Object.entries(objective.inputs(windows.batch, windows.length)).map(([name, spec]) => [
      name,
      input(name, spec.shape, spec.dtype),
    ]),
  );
  const network = fixedNetwork(
    config,
    parameterInputs(transformerParameters(config)),
    windows.length,
  );
  const losses = objective.losses(inputs, around(network));
  const lossProgram = program({ name: "losses", outputs: { losses } });
  // A stand-in for a network needs neither weights nor times.
  const used = <T>(values: Record<string, T>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(values).filter(([name]) => Object.hasOwn(lossProgram.inputs, name)),
    );
  const executable = await runtime.compile(lossProgram, { constants: used(weights) });
  const result = await executable.run(used(objective.draw(windows, key)));
  await executable.dispose();
  return result["losses"]!.data as Float32Array;
}

const repeated = (batch: number): Batch => ({
  x0: Int32Array.from({ length: batch * length }, (_, i) => x0[i % length]!),
  batch,
  length,
});

const mean = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

const standardError = (values: ArrayLike<number>) => {
  const middle = mean(values);
  const squares = Array.from(values).reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares) / values.length;
};

/** -log p(x0), place after place from the left, as the sampler sees it. */
async function chainNats(
  kind: ReturnType<typeof systemOf>,
  config: TransformerConfig,
  weights: Model["weights"],
) {
  const system = kind.create({ ...states, endId: 0 });
  const make = await cachedDenoisers({
    runtime,
    system,
    config,
    weights,
    maskId,
    window: length,
    beginId: 0,
  });
  let nats = 0;
  const frames = sample({
    denoiser: make(),
    canvas: openCanvas({ length, maskId }),
    rule: createRule("left-to-right"),
    processors: [greedy()],
    script: x0,
    key: randomKey(1),
  });
  for await (const { changed } of frames)
    for (const { confidence } of changed) nats -= Math.log(confidence);
  return nats;
}

describe("block diffusion", () => {
  test("with blocks of one that are always masked, its loss is the autoregressive likelihood", async () => {
    const kind = systemOf("bd3lm", { block: 1 });
    const { config, weights } = model(kind.attention);
    const { bound } = kind.create({ ...states, endId: 0 });
    expect(bound.exact).toBe(true);
    const [nats] = await lossesOf(bound, { config, weights }, { windows: repeated(1) });
    expect(Math.abs(nats! - (await chainNats(kind, config, weights)))).toBeLessThan(1e-4);
  });

  test("with blocks of one and any noise, it is the same on average", async () => {
    const kind = systemOf("bd3lm", { block: 1 });
    const { config, weights } = model(kind.attention);
    const objective = masked({
      maskId,
      block: 1,
      masking: continuousTime(createSchedule("log-linear")),
    });
    const losses = await lossesOf(objective, { config, weights }, { windows: repeated(20_000) });
    const exact = await chainNats(kind, config, weights);
    // Masks never come more often than 99.9 % of the time, nor less than 0.1 %.
    expect(Math.abs(mean(losses) - exact)).toBeLessThan(5 * standardError(losses) + 2e-3 * exact);
  });

  test("with one block, its loss is masked diffusion's, mask for mask", async () => {
    const { config, weights } = model({ kind: "block", size: length });
    const masking = continuousTime(createSchedule("cosine"));
    const whole = { config: { ...config, attention: { kind: "bidirectional" } as const }, weights };
    const windows = repeated(8);
    const blocks = await lossesOf(
      masked({ maskId, block: length, masking }),
      { config, weights },
      { windows },
    );
    const plain = await lossesOf(masked({ maskId, masking }), whole, { windows });
    blocks.forEach((loss, i) =>
      expect(Math.abs(loss - plain[i]!)).toBeLessThan(1e-4 * plain[i]! + 1e-6),
    );
    expect(Math.max(...plain)).toBeGreaterThan(1);
  });

  test("every place of the noisy half depends on its own block and on clean blocks before it", async () => {
    const { config, weights } = model({ kind: "block", size: 2 });
    const always = masked({ maskId, block: 2, masking: clippedRate({ low: 1, high: 1 }) });
    const [before] = await lossesOf(always, { config, weights }, { windows: repeated(1) });
    // A change of the last block's clean text changes no other block's loss, only its own targets.
    const changed = { x0: x0.with(5, 0), batch: 1, length };
    const [after] = await lossesOf(always, { config, weights }, { windows: changed });
    const first = { x0: x0.with(0, 1), batch: 1, length };
    const [other] = await lossesOf(always, { config, weights }, { windows: first });
    expect(after).not.toBe(before);
    expect(other).not.toBe(before);
  });
});

describe("masked diffusion", () => {
  test("every plan of masks estimates the same bound", async () => {
    const network = model({ kind: "bidirectional" });
    const plans: Record<string, Masking> = {
      exact: exactCount(),
      importance: importanceTime(createSchedule("log-linear")),
      cosine: importanceTime(createSchedule("cosine")),
      uniform: continuousTime(createSchedule("log-linear")),
    };
    const results = new Map<string, { mean: number; error: number }>();
    for (const [name, masking] of Object.entries(plans)) {
      const windows = repeated(20_000);
      const losses = await lossesOf(masked({ maskId, masking }), network, { windows });
      results.set(name, { mean: mean(losses), error: standardError(losses) });
    }
    const { mean: bound, error } = results.get("exact")!;
    for (const { mean: other, error: otherError } of results.values())
      expect(Math.abs(other - bound)).toBeLessThan(
        5 * Math.hypot(error, otherError) + 5e-3 * bound,
      );
    expect(error).toBeLessThan(0.5 * results.get("uniform")!.error);
  });

  test.each(scheduleNames)(
    "SEDD's loss under the map from log p to log-scores: %s",
    async (name) => {
      const network = model({ kind: "bidirectional" }, true);
      const schedule = createSchedule(name);
      const process = absorbing({ states, schedule });
      const tell = (t: number) => t;
      const windows = repeated(6);
      // Both see the same masks: those that the process draws.
      const seen: Int32Array[] = [];
      const recording = {
        ...process,
        corrupt: (...of: Parameters<typeof process.corrupt>) => {
          seen.push(process.corrupt(...of));
          return seen.at(-1)!;
        },
      };
      const odds = (t: number) => Math.log((1 - schedule.alpha(t)) / schedule.alpha(t));
      const entropy = absorbingScoreEntropy({ process: recording, tell, shift: odds });
      const scores = await lossesOf(entropy, network, {
        windows,
        around: (inner) => (tokens, context) => logSoftmax(forbid(inner(tokens, context), maskId)),
      });
      let row = 0;
      const masking: Masking = (count, level) => {
        const time = 1e-3 + (1 - 1e-3) * level;
        const hidden = Uint8Array.from(seen[row++]!, (token) => (token === maskId ? 1 : 0));
        expect(hidden).toHaveLength(count);
        return { masked: hidden, weight: schedule.weight(time), time };
      };
      const plain = await lossesOf(masked({ maskId, masking, tell }), network, { windows });
      scores.forEach((loss, i) =>
        expect(Math.abs(loss - plain[i]!)).toBeLessThan(1e-4 * plain[i]! + 1e-5),
      );
      expect(Math.max(...plain)).toBeGreaterThan(0.5);
    },
  );
});

describe("uniform diffusion on one place, where everything is known", () => {
  const law = [0.6, 0.3, 0.1];
  /** For one place the law of the clean token is the best answer, whatever stands there. */
  const answering = (probabilities: number[]) => (): Network => (tokens) =>
    expand(constant(floats([1, 1, size], [...probabilities.map(Math.log), 0])), [
      ...tokens.shape,
      size,
    ]);

  test.each(scheduleNames)("%s: the bound of a perfect model is the likelihood", async (name) => {
    const process = uniform({ states, schedule: createSchedule(name) });
    const objective = uniformScoreEntropy({
      process,
      tell: (t) => t,
      scores: scoresOfClean(maskId),
    });
    const bounds: number[] = [];
    for (const [token, probability] of law.entries()) {
      const batch = 30_000;
      const windows = { x0: new Int32Array(batch).fill(token), batch, length: 1 };
      const key = splitKey(randomKey(9), token);
      const nothing = { config: model({ kind: "bidirectional" }).config, weights: {} };
      const good = await lossesOf(objective, nothing, { windows, key, around: answering(law) });
      const exact = -Math.log(probability);
      // What the smallest time leaves out, and the end of the schedule short of pure noise.
      expect(Math.abs(mean(good) - exact)).toBeLessThan(5 * standardError(good) + 0.02);
      bounds.push(mean(good));
      const flat = await lossesOf(objective, nothing, {
        windows,
        key,
        around: answering([1 / 3, 1 / 3, 1 / 3]),
      });
      expect(Math.abs(mean(flat) - Math.log(3))).toBeLessThan(5 * standardError(flat) + 0.02);
    }
    expect(bounds[0]!).toBeLessThan(bounds[2]!);
  });
});
