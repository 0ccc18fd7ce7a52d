/**
 * The system `renoise` on a random network and 3 tokens, where every noisy text can be listed: what its objectives
 * average to, and that training and sampling read the same network.
 */
import { expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import {
  add,
  floats,
  gradients,
  input,
  mul,
  program,
  randomKey,
  referenceRuntime,
  splitKey,
  stopGradient,
  sum,
} from "unmask/tensor";
import { transformerConfig } from "../src/model/sizes.ts";
import { tokenLesson } from "../src/objective/lesson.ts";
import type { Objective } from "../src/objective/objective.ts";
import { score, scoreProgram } from "../src/objective/score.ts";
import type { Belief } from "../src/sample/denoiser.ts";
import { cachedDenoisers } from "../src/system/denoisers/cached.ts";
import { systemOf } from "../src/system/index.ts";
import { enumerateTexts } from "../src/testing/enumerated.ts";
import { loudWeights } from "./support/loud-weights.ts";

const [tokens, maskId, block, length] = [3, 3, 2, 4];
const vocabulary = tokens + 1;
const x0 = Int32Array.of(0, 2, 1, 1);
const kind = systemOf("renoise", { block });
const system = kind.create({ size: vocabulary, maskId, endId: 0 });
const config = transformerConfig(
  { layers: 1, heads: 2, width: 16 },
  { vocabulary, attention: { kind: "block", size: block }, selfConditions: true },
);
const weights = loudWeights(config, { deviation: 0.6, seed: 2 });
const runtime = cpuRuntime({ threads: 1 });
const open = await cachedDenoisers({
  runtime,
  system,
  config,
  weights,
  maskId,
  window: length,
  beginId: undefined,
});
const noisy = enumerateTexts(tokens, block);

/** p(x0) of a block's places that hold this, [place][token], the clean text before it. */
async function answer(start: number, text: Int32Array, belief?: Belief): Promise<number[][]> {
  const places = Int32Array.of(start, start + 1);
  const canvas = Int32Array.of(...x0.subarray(0, start), ...text);
  const rows = await open().predict({ canvas, places, time: 0.5, belief });
  return [0, 1].map((place) =>
    [0, 1, 2].map((token) => Math.exp(rows[place * vocabulary + token]!)),
  );
}

/** The answers of both blocks to each noisy text, the network given nothing, or its own first answer. */
async function answers(asksTwice: boolean): Promise<number[][][][]> {
  const ofBlock = (start: number) =>
    Promise.all(
      noisy.map(async (text) => {
        const first = await answer(start, text);
        if (!asksTwice) return first;
        const rows = Float32Array.from(first.flatMap((row) => [...row, 0]));
        return answer(start, text, { places: Int32Array.of(start, start + 1), rows });
      }),
    );
  return Promise.all([ofBlock(0), ofBlock(2)]);
}

/** q(x_t = token | x0 = clean) under alpha = 1 - t. */
const become = (token: number, clean: number, t: number): number =>
  (token === clean ? 1 - t : 0) + t / tokens;

/** The integral over time of f, by Simpson's rule; t is far enough from 0 and 1 for both of its ends. */
function integrate(f: (t: number) => number): number {
  const [from, to, steps] = [1e-3, 1 - 1e-6, 4000];
  let total = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    total += weight * f(from + ((to - from) * i) / steps);
  }
  return (total * (to - from)) / 3 / steps;
}

/** The bound of a block: the rate of each change that noise makes, times how wrong the ratio against it is. */
function boundOf(answered: number[][][], clean: Int32Array): number {
  return integrate((t) => {
    const rate = 1 / (1 - t) / tokens;
    return noisy.reduce((total, text, index) => {
      const chance = text.reduce((p, token, i) => p * become(token, clean[i]!, t), 1);
      const cost = [...text].reduce((sumSoFar, token, i) => {
        const law = answered[index]![i]!.map((p) => (1 - t) * p + t / tokens);
        const terms = [0, 1, 2]
          .filter((other) => other !== token)
          .map((other) => {
            const truth = become(other, clean[i]!, t) / become(token, clean[i]!, t);
            const d = Math.log(law[other]! / law[token]!) - Math.log(truth);
            return truth * (Math.exp(d) - 1 - d);
          });
        return sumSoFar + rate * (terms[0]! + terms[1]!);
      }, 0);
      return total + chance * cost;
    }, 0);
  });
}

/** -log p(x0) of a block under the reverse process, step by step, from noise. */
function exactOf(answered: number[][][], clean: Int32Array): number {
  const { process } = system;
  const steps = 3000;
  const at = (i: number): number => 1e-3 + ((1 - 2e-3) * i) / steps;
  let law = noisy.map(() => 1 / noisy.length);
  for (let i = steps; i > 0; i--) {
    const next = noisy.map(() => 0);
    noisy.forEach((text, index) => {
      const laws = answered[index]!.map((row, place) =>
        process!.posterior(text[place]!, Float64Array.from([...row, 0]), at(i - 1), at(i)),
      );
      noisy.forEach(([a, b], to) => (next[to]! += law[index]! * laws[0]![a!]! * laws[1]![b!]!));
    });
    law = next;
  }
  return -Math.log(law[noisy.findIndex(([a, b]) => a === clean[0] && b === clean[1])]!);
}

/** The cross-entropy of corrupted places that training follows, in expectation. */
function followedOf(answered: number[][][], clean: Int32Array): number {
  return integrate((t) =>
    [1, 2, 3].reduce((total, set) => {
      const hit = [0, 1].filter((place) => set & (1 << place));
      const chance = t ** hit.length * (1 - t) ** (block - hit.length);
      // What stands at a corrupted place is any token.
      const texts = noisy
        .map((text, index) => ({ text, index }))
        .filter(({ text }) =>
          [0, 1].every((place) => hit.includes(place) || text[place] === clean[place]),
        );
      const costs = texts.map(({ index }) =>
        hit.reduce((nats, place) => nats - Math.log(answered[index]![place]![clean[place]!]!), 0),
      );
      const mean = costs.reduce((a, b) => a + b, 0) / costs.length;
      return total + (chance * mean * block) / hit.length;
    }, 0),
  );
}

/** What an objective averages to, in nats for the window, and the error of that. */
async function average(objective: Objective): Promise<{ nats: number; error: number }> {
  const setup = { lesson: tokenLesson(config, objective), batch: 2048, length };
  const executable = await runtime.compile(scoreProgram(setup), { constants: weights });
  const result = await score(setup, {
    run: (inputs) => executable.run(inputs),
    windows: (async function* () {
      for (let i = 0; i < 24; i++) yield { x0 };
    })(),
    samples: 2048,
    key: splitKey(randomKey(1), "draws"),
  });
  await executable.dispose();
  return { nats: result.nats * length, error: result.standardError * length };
}

const blocksOf = (answered: number[][][][], value: typeof boundOf): number =>
  value(answered[0]!, x0.subarray(0, 2)) + value(answered[1]!, x0.subarray(2, 4));

test("the bound averages to the enumerated one of the network that asks itself first", async () => {
  const [once, twice] = [await answers(false), await answers(true)];
  const bound = blocksOf(twice, boundOf);
  const { nats, error } = await average(system.bound);
  expect(Math.abs(nats - bound)).toBeLessThan(5 * error + 0.003 * bound);
  expect(error).toBeLessThan(0.02 * bound);
  // The belief matters to this network, and a bound lies above what it bounds.
  expect(Math.abs(blocksOf(once, boundOf) - bound)).toBeGreaterThan(10 * error + 0.01 * bound);
  for (const answered of [once, twice])
    expect(blocksOf(answered, boundOf)).toBeGreaterThan(blocksOf(answered, exactOf));
});

test.each([
  { believes: 0, expected: async () => blocksOf(await answers(false), followedOf) },
  { believes: 1, expected: async () => blocksOf(await answers(true), followedOf) },
  {
    believes: 0.5,
    expected: async () =>
      (blocksOf(await answers(false), followedOf) + blocksOf(await answers(true), followedOf)) / 2,
  },
])("training gives the network its own answer in the share $believes", async (setting) => {
  const { objective } = systemOf("renoise", { block, believes: setting.believes }).create({
    size: vocabulary,
    maskId,
    endId: 0,
  });
  const want = await setting.expected();
  const { nats, error } = await average(objective);
  expect(Math.abs(nats - want)).toBeLessThan(5 * error + 0.003 * want);
  expect(error).toBeLessThan(0.02 * want);
});

test("no gradient flows through what was thought before", async () => {
  const x = input("x", [3]);
  const loss = sum(add(mul(stopGradient(mul(x, x)), x), 0));
  const [dx] = gradients(loss, [x]);
  const executable = await referenceRuntime().compile(
    program({ name: "stop", outputs: { dx: dx! } }),
  );
  const result = await executable.run({ x: floats([3], [1, 2, 3]) });
  expect([...result["dx"]!.data]).toEqual([1, 4, 9]);
});
