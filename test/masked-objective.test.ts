/**
 * The masked objective as it is trained: its average over draws is the bound, which is the same for
 * every schedule and is never below the exact negative log-likelihood of the sampler it trains.
 *
 * A random network on 3 tokens and length 3, so that every mask can be enumerated.
 */
import { expect, test } from "vitest";
import { randomKey, splitKey } from "unmask/tensor";
import { createSchedule, scheduleNames } from "../src/diffusion/schedules/index.ts";
import { masked } from "../src/objective/masked.ts";
import { continuousTime } from "../src/objective/masking.ts";
import { score, scoreProgram } from "../src/objective/score.ts";
import { systemOf } from "../src/system/index.ts";
import { canvasDenoiser } from "../src/system/denoisers/canvas.ts";
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
  const setup = { config, objective, batch: 4096, length };
  const executable = await runtime.compile(scoreProgram(setup), { constants: weights });
  // One window a batch; its draws fill the batch. The windows' spread is the error of the mean.
  const result = await score(setup, {
    run: (inputs) => executable.run(inputs),
    windows: (async function* () {
      for (let i = 0; i < 24; i++) yield x0;
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
