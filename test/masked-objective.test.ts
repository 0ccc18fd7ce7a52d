/**
 * The masked objective as it is trained: its average over draws is the bound, which is the same for
 * every schedule and is never below the exact negative log-likelihood of the sampler it trains.
 *
 * A random network on 3 tokens and length 3, so that every mask can be enumerated.
 */
import { describe, expect, test } from "vitest";
import { randomKey, randomStream, splitKey } from "unmask/tensor";
import { createSchedule, scheduleNames } from "../src/diffusion/schedules/index.ts";
import { masked } from "../src/objective/masked.ts";
import { continuousTime, evenWeights, exactCount } from "../src/objective/masking.ts";
import type { Masking } from "../src/objective/masking.ts";
import { tokenLesson } from "../src/objective/lesson.ts";
import { score, scoreProgram } from "../src/objective/score.ts";
import { systemOf } from "../src/system/index.ts";
import { canvasDenoiser } from "../src/system/denoisers/canvas.ts";
import { chiSquareScore } from "../src/testing/chi-square.ts";
import { toy, toyNetwork } from "./support/toy-network.ts";

const { vocabulary, maskId, length } = toy;
const network = toyNetwork({ kind: "bidirectional" });
const { runtime, config, weights } = network;
const x0 = Int32Array.of(0, 2, 1);

/** -log p(x0_i | revealed) for every set of masked places, as bits. */
async function costs(): Promise<(maskedPlaces: number, place: number) => number> {
  const denoiser = await canvasDenoiser({
    ...network,
    system: systemOf("mdlm").create({ size: vocabulary, maskId, endId: toy.endId }),
  });
  const places = Int32Array.of(0, 1, 2);
  const requests = Array.from({ length: 1 << length }, (_, set) => ({
    canvas: x0.map((token, i) => (set & (1 << i) ? maskId : token)),
    places,
    time: 1,
  }));
  const rows = await denoiser.predictBatch(requests);
  return (set, place) => -rows[set]![place * vocabulary + x0[place]!]!;
}

/** The bound in closed form: the mean over all orders of revealing, each place given those before. */
async function boundByEnumeration(): Promise<{ bound: number; exact: number }> {
  const cost = await costs();
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  const chains = orders.map((order) => {
    let set = (1 << length) - 1;
    let nats = 0;
    for (const place of order) {
      nats += cost(set, place);
      set &= ~(1 << place);
    }
    return nats;
  });
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  // Ancestral sampling reveals in a random order: p(x0) is the mean of the orders' likelihoods.
  return { bound: mean(chains), exact: -Math.log(mean(chains.map((nats) => Math.exp(-nats)))) };
}

test.each(scheduleNames)("%s: the loss averages to the bound", async (name) => {
  const { bound, exact } = await boundByEnumeration();
  expect(bound).toBeGreaterThan(exact);

  const objective = masked({
    maskId,
    masking: continuousTime(createSchedule(name)),
  });
  const setup = { lesson: tokenLesson(config, objective), batch: 4096, length };
  const executable = await runtime.compile(scoreProgram(setup), { constants: weights });
  // One window a batch; its draws fill the batch. The windows' spread is the error of the mean.
  const result = await score(setup, {
    run: (inputs) => executable.run(inputs),
    windows: (async function* () {
      for (let i = 0; i < 24; i++) yield { x0 };
    })(),
    samples: 4096,
    key: splitKey(randomKey(1), name),
  });
  await executable.dispose();
  const error = result.standardError * length;
  // Times start at 1e-3, and schedules end a little before pure noise.
  expect(Math.abs(result.nats * length - bound)).toBeLessThan(5 * error + 0.006 * bound);
  expect(error).toBeLessThan(0.05);
});

/** Mean and variance of single draws of the whole window's loss. */
async function estimate(
  masking: Masking,
  draws: number,
): Promise<{ mean: number; variance: number }> {
  const cost = await costs();
  const random = randomStream(randomKey(11));
  let [sum, squares] = [0, 0];
  for (let i = 0; i < draws; i++) {
    const { masked: hidden, weight } = masking(length, random.uniform(), random);
    const set = hidden.reduce((bits, flag, place) => bits | (flag << place), 0);
    const nats = hidden.reduce((total, flag, place) => total + (flag ? cost(set, place) : 0), 0);
    sum += weight * nats;
    squares += (weight * nats) ** 2;
  }
  const mean = sum / draws;
  return { mean, variance: squares / draws - mean ** 2 };
}

test("exactly k masks: the same mean as coins at a random time, with less variance", async () => {
  const { bound } = await boundByEnumeration();
  const draws = 200_000;
  const coins = await estimate(continuousTime(createSchedule("log-linear")), draws);
  const counts = await estimate(exactCount(), draws);
  expect(Math.abs(counts.mean - bound)).toBeLessThan(5 * Math.sqrt(counts.variance / draws));
  // Coins begin at time 0.001.
  const error = 5 * Math.sqrt(coins.variance / draws) + 0.002 * bound;
  expect(Math.abs(coins.mean - bound)).toBeLessThan(error);
  expect(counts.variance).toBeLessThan(coins.variance / 10);
});

test("even weights: the mean over all sets of masks, each as likely as it is at a random time, with less variance", async () => {
  const cost = await costs();
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  let mean = 0;
  for (let set = 0; set < 1 << length; set++) {
    const hidden = Array.from({ length }, (_, place) => place).filter((i) => set & (1 << i));
    // The integral of t^k (1 - t)^(n - k).
    const likely =
      (factorial(hidden.length) * factorial(length - hidden.length)) / factorial(length + 1);
    mean += likely * hidden.reduce((sum, place) => sum + 2 * cost(set, place), 0);
  }
  const draws = 200_000;
  const coins = continuousTime(createSchedule("log-linear"));
  const even = await estimate(evenWeights(coins), draws);
  // Coins begin at time 0.001.
  const error = 5 * Math.sqrt(even.variance / draws) + 0.002 * mean;
  expect(Math.abs(even.mean - mean)).toBeLessThan(error);
  expect(even.variance).toBeLessThan((await estimate(coins, draws)).variance);
});

describe("windows cut to a random length", () => {
  const [batch, long] = [4, 8];
  const objective = masked({ maskId, masking: exactCount(), shorten: 1 });
  const random = randomStream(randomKey(4));
  const text = Int32Array.from({ length: batch * long }, () => random.integer(maskId));
  const draw = (windows: Int32Array, key: number, of = objective) =>
    of.draw({ x0: windows, batch, length: long }, randomKey(key));
  /** How many places of the windows are left. */
  const lengthOf = ({ present }: ReturnType<typeof draw>): number => {
    const flags = Array.from(present!.data);
    const seen = flags.slice(0, long).reduce((a, b) => a + b, 0);
    expect(flags).toEqual(flags.map((_, at) => Number(at % long < seen)));
    return seen;
  };

  test("every length is equally likely, in the share of batches that was asked for", () => {
    const some = masked({ maskId, masking: exactCount(), shorten: 0.25 });
    const counts = new Array<number>(long).fill(0);
    for (let key = 0; key < 4000; key++) counts[lengthOf(draw(text, key, some)) - 1]! += 1;
    const cut = 0.25 / long;
    const law = counts.map((_, i) => (i === long - 1 ? 0.75 + cut : cut));
    expect(chiSquareScore(counts, law)).toBeLessThan(4);
  });

  test("what is cut off changes no loss, and what is left counts as a whole window", async () => {
    const setup = { lesson: tokenLesson(config, objective), batch, length: long };
    const executable = await runtime.compile(scoreProgram(setup), { constants: weights });
    for (let key = 0; key < 20; key++) {
      const inputs = draw(text, key);
      const seen = lengthOf(inputs);
      const other = draw(
        text.map((token, at) => (at % long < seen ? token : (token + 1) % maskId)),
        key,
      );
      expect(await executable.run(other)).toEqual(await executable.run(inputs));
      // Exactly k masks of weight seen / k each, times long / seen.
      for (let row = 0; row < batch; row++) {
        const span = Array.from(inputs["weights"]!.data.subarray(row * long, (row + 1) * long));
        expect(span.reduce((a, b) => a + b, 0)).toBeCloseTo(long, 5);
        expect(span.slice(seen)).toEqual(new Array(long - seen).fill(0));
      }
    }
    await executable.dispose();
  });

  test("neither answers nor LLaDA's bound are ever cut", () => {
    const { objective: training, bound } = systemOf("llada", { shorten: 1 }).create({
      size: vocabulary,
      maskId,
      endId: 0,
    });
    const given = Uint8Array.from(text, (_, at) => Number(at % long < 3));
    for (let key = 0; key < 20; key++) {
      const { present } = training.draw({ x0: text, given, batch, length: long }, randomKey(key));
      expect(present!.data.every((flag) => flag === 1)).toBe(true);
    }
    expect(Object.keys(bound.inputs(batch, long))).not.toContain("present");
    expect(Object.keys(training.inputs(batch, long))).toContain("present");
  });
});
