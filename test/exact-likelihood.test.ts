/**
 * The exact likelihood under an order, of networks: it is a law over texts, it is the chain of the
 * model's answers, its mean over all orders is the bound of masked diffusion, and of a causal network
 * it is the loss that the network was trained with.
 */
import { describe, expect, test } from "vitest";
import { memoryTokens } from "unmask";
import { enumerateTexts } from "unmask/testing";
import { randomKey } from "unmask/tensor";
import { costInOrder, exactLikelihood } from "../src/evaluate/exact.ts";
import { tokenLesson } from "../src/objective/lesson.ts";
import { score, scoreProgram } from "../src/objective/score.ts";
import { batched } from "../src/sample/denoiser.ts";
import type { Rule } from "../src/sample/rule.ts";
import { confidence } from "../src/sample/rules/confidence.ts";
import { orders } from "../src/sample/rules/index.ts";
import { leftToRight } from "../src/sample/rules/left-to-right.ts";
import { cachedDenoisers } from "../src/system/denoisers/cached.ts";
import { canvasDenoiser } from "../src/system/denoisers/canvas.ts";
import { systemOf } from "../src/system/index.ts";
import { toy, toyNetwork } from "./support/toy-network.ts";

const { vocabulary, maskId, endId, length } = toy;
const tokens = vocabulary - 1;
const texts = enumerateTexts(tokens, length);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe("a network that sees the whole canvas", async () => {
  const system = systemOf("mdlm").create({ size: vocabulary, maskId, endId });
  const network = batched(
    await canvasDenoiser({ ...toyNetwork({ kind: "bidirectional" }), system }),
  );
  const denoiser = () => network;
  const costs = (rule: Rule, steps?: number) =>
    Promise.all(texts.map((text) => costInOrder(text, { denoiser, rule, steps })));

  /** -log p(text_i | the revealed places of the text), asked of the network itself. */
  const cost = async (text: Int32Array, revealed: ReadonlySet<number>, place: number) => {
    const canvas = text.map((token, i) => (revealed.has(i) ? token : maskId));
    const row = await network.predict({ canvas, places: Int32Array.of(place), time: 1 });
    return -row[text[place]!]!;
  };

  /** Places in the order in which this text is written, by a rule of its own. */
  const inOrder = (order: readonly number[]): Rule => ({
    name: order.join(""),
    keepsRevealed: true,
    obeysSteps: false,
    deterministic: true,
    start: () => ({
      next(open) {
        const place = order.find((one) => open.includes(one));
        return place === undefined ? undefined : { places: Int32Array.of(place), time: 1 };
      },
      keep: () => ({ keep: [0] }),
    }),
  });

  test("left to right is the chain of its answers", async () => {
    const exact = await costs(leftToRight());
    for (const [index, text] of texts.entries()) {
      let chain = 0;
      for (const place of text.keys())
        chain += await cost(text, new Set(Array(place).keys()), place);
      expect(exact[index]).toBeCloseTo(chain, 5);
    }
  });

  test("the surest place first is the chain in an order that the text does not choose", async () => {
    const exact = await costs(confidence());
    const orderings = new Set<string>();
    for (const [index, text] of texts.entries()) {
      const revealed = new Set<number>();
      let chain = 0;
      while (revealed.size < length) {
        const canvas = text.map((token, i) => (revealed.has(i) ? token : maskId));
        const open = [0, 1, 2].filter((place) => !revealed.has(place));
        const rows = await network.predict({ canvas, places: Int32Array.from(open), time: 1 });
        const tops = open.map((_, i) =>
          Math.exp(Math.max(...rows.subarray(i * vocabulary, (i + 1) * vocabulary))),
        );
        // On the empty canvas all places are alike but for rounding, and the first is taken.
        const place = open[tops.findIndex((top) => Math.max(...tops) - top < 1e-5)]!;
        chain += await cost(text, revealed, place);
        revealed.add(place);
      }
      orderings.add([...revealed].join(""));
      expect(exact[index]).toBeCloseTo(chain, 5);
    }
    expect(orderings.size).toBeGreaterThan(1);
  });

  test.each(Object.keys(orders))("%s: the likelihoods of all texts sum to 1", async (name) => {
    for (const steps of [undefined, 2, 1]) {
      const all = await costs(orders[name]!.parse(), steps);
      expect(sum(all.map((nats) => Math.exp(-nats)))).toBeCloseTo(1, 5);
    }
  });

  test("the mean over all orders is the bound, which lies above the mixture of them", async () => {
    const everyOrder = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    const byOrder = await Promise.all(everyOrder.map((order) => costs(inOrder(order))));
    for (const [index, text] of texts.entries()) {
      // The bound, by how many places are masked: each of the k masked ones costs 1/k.
      let bound = 0;
      for (let set = 1; set < 1 << length; set++) {
        const masked = [0, 1, 2].filter((place) => set & (1 << place));
        const revealed = new Set([0, 1, 2].filter((place) => !masked.includes(place)));
        const choices = [NaN, 3, 3, 1][masked.length]!;
        for (const place of masked)
          bound += (await cost(text, revealed, place)) / masked.length / choices;
      }
      const chains = byOrder.map((all) => all[index]!);
      expect(sum(chains) / 6).toBeCloseTo(bound, 5);
      expect(-Math.log(sum(chains.map((nats) => Math.exp(-nats))) / 6)).toBeLessThan(bound);
    }
  });
});

test("left to right, a causal network's likelihood is the loss it is trained with", async () => {
  const network = toyNetwork({ kind: "causal" });
  const system = systemOf("autoregressive").create({ size: vocabulary, maskId, endId });
  const denoiser = await cachedDenoisers({ ...network, system, beginId: endId });
  const data = Int32Array.from(texts.flatMap((text) => [...text]));
  const sampled = await exactLikelihood({
    denoiser,
    rule: leftToRight(),
    tokens: memoryTokens(data),
    tokenizer: { decode: (ids) => "x".repeat(2 * ids.length) },
    length,
    batch: 4,
  });

  const setup = { lesson: tokenLesson(network.config, system.bound), batch: 5, length };
  const executable = await network.runtime.compile(scoreProgram(setup), {
    constants: network.weights,
  });
  const trained = await score(setup, {
    run: (inputs) => executable.run(inputs),
    windows: (async function* () {
      for (const x0 of texts) yield { x0 };
    })(),
    samples: 1,
    key: randomKey(0),
  });
  expect(sampled.nats).toBeCloseTo(trained.nats, 5);
  expect(sampled.standardError).toBeCloseTo(trained.standardError, 5);
  expect(sampled).toMatchObject({ windows: 27, tokens: 81, characters: 162, exact: true });
  expect(sampled.bitsPerCharacter).toBeCloseTo(trained.nats / 2 / Math.LN2, 5);
});
