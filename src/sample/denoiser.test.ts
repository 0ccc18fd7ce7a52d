import { describe, expect, test } from "vitest";
import { randomKey } from "../tensor/random.ts";
import { scriptedDenoiser } from "../testing/denoisers.ts";
import { openCanvas } from "./canvas.ts";
import { batched } from "./denoiser.ts";
import type { BatchDenoiser, PredictRequest } from "./denoiser.ts";
import { finish } from "./frame.ts";
import { createRule, rules } from "./rules/index.ts";
import { sample } from "./sample.ts";

const vocabulary = 6;
const maskId = 5;
/** What it says of a place depends on the whole canvas, so a mix-up of callers would show. */
const single = scriptedDenoiser({
  vocabulary,
  script: (place, { canvas }) => {
    const seen = canvas.reduce((sum, token, i) => sum + token * (i + 1), canvas.length);
    return [0, 1, 2, 3, 4].map((token) => 1 + ((seen * (token + 2) + place) % 11));
  },
});

function countingBatches(failsOn?: (request: PredictRequest) => boolean) {
  const sizes: number[] = [];
  const model: BatchDenoiser = {
    vocabulary,
    maskId,
    maxLength: undefined,
    predictBatch: async (requests) => {
      sizes.push(requests.length);
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (failsOn !== undefined && requests.some(failsOn)) throw new Error("bad canvas");
      return Promise.all(requests.map((request) => single.predict(request)));
    },
  };
  return { sizes, model };
}

const request = (first: number): PredictRequest => ({
  canvas: Int32Array.of(first, maskId),
  places: Int32Array.of(1),
  time: 0.5,
});

describe("batched", () => {
  test("joins calls of one turn, however they got there", async () => {
    const { sizes, model } = countingBatches();
    const denoiser = batched(model);
    const late = async (hops: number): Promise<Float32Array> => {
      for (let i = 0; i < hops; i++) await Promise.resolve();
      return denoiser.predict(request(hops % 5));
    };
    const answers = await Promise.all([0, 1, 2, 7].map(late));
    expect(sizes).toEqual([4]);
    for (const [i, hops] of [0, 1, 2, 7].entries()) {
      expect(answers[i]).toEqual(await single.predict(request(hops % 5)));
    }
  });

  test("calls during a pass wait and form the next batch, no larger than maxBatch", async () => {
    const { sizes, model } = countingBatches();
    const denoiser = batched(model, { maxBatch: 3 });
    const first = denoiser.predict(request(0));
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([first, ...[0, 1, 2, 3].map((token) => denoiser.predict(request(token)))]);
    expect(sizes).toEqual([1, 3, 1]);
    expect(() => batched(model, { maxBatch: 0 })).toThrow("maxBatch must be >= 1");
  });

  test.each(Object.keys(rules))(
    "rule %s writes the same text alone or in a crowd",
    async (name) => {
      const { sizes, model } = countingBatches();
      const crowd = batched(model);
      const rule = createRule(name);
      const run = (denoiser: typeof crowd, seed: number) =>
        finish(
          sample({
            denoiser,
            canvas: openCanvas({ prompt: Int32Array.of(seed % 5), length: 3 + seed, maskId }),
            rule,
            steps: 6,
            key: randomKey(seed),
          }),
        );
      const seeds = [0, 1, 2, 3, 4];
      const together = await Promise.all(seeds.map((seed) => run(crowd, seed)));
      for (const seed of seeds) expect(together[seed]).toEqual(await run(single, seed));
      const passes = together.reduce((sum, frame) => sum + frame.passes, 0);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(passes);
      expect(sizes.length).toBeLessThan(passes / 2);
    },
  );

  test("an error reaches the caller who caused it, and nobody else", async () => {
    const { model } = countingBatches(({ canvas }) => canvas[0] === 4);
    const denoiser = batched(model);
    const settled = await Promise.allSettled(
      [1, 4, 2].map((token) => denoiser.predict(request(token))),
    );
    expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await denoiser.predict(request(3))).toEqual(await single.predict(request(3)));
  });

  test("a model that answers too few is caught, and the wrapper lives on", async () => {
    const denoiser = batched({ ...countingBatches().model, predictBatch: async () => [] });
    await expect(denoiser.predict(request(1))).rejects.toThrow("1 requests got 0 answers");
    await expect(denoiser.predict(request(1))).rejects.toThrow("1 requests got 0 answers");
  });
});
