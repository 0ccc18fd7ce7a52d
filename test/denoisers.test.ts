/**
 * Networks as denoisers: caches and batches must not change an answer.
 */
import { describe, expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { permutation, randomKey, randomStream } from "unmask/tensor";
import { transformerConfig } from "../src/model/sizes.ts";
import { splitBlocks } from "../src/sample/blocks.ts";
import { openCanvas } from "../src/sample/canvas.ts";
import { batched } from "../src/sample/denoiser.ts";
import type { Denoiser } from "../src/sample/denoiser.ts";
import { finish } from "../src/sample/frame.ts";
import { createRule } from "../src/sample/rules/index.ts";
import { sample } from "../src/sample/sample.ts";
import { recorded } from "../src/testing/denoisers.ts";
import { canvasDenoiser } from "../src/system/denoisers/canvas.ts";
import { cachedDenoisers } from "../src/system/denoisers/cached.ts";
import { systemOf } from "../src/system/index.ts";
import type { AttentionPattern } from "../src/nn/attention-mask.ts";
import { loudWeights } from "./support/loud-weights.ts";
import { relativeError } from "./support/op-cases.ts";

const [vocabulary, maskId, endId] = [11, 10, 9];
const runtime = cpuRuntime();

/** Weights large enough that every place matters; grouped heads, RMSNorm, SwiGLU and a tied output on the way. */
function network(attention: AttentionPattern) {
  const base = transformerConfig({ layers: 2, heads: 4, width: 32 }, { vocabulary, attention });
  const config = { ...base, keyValueHeads: 2, norm: "rms", mlp: "swiglu", tied: true } as const;
  const weights = loudWeights(config, { deviation: 0.3, seed: 4 });
  const kind = systemOf(attention.kind === "causal" ? "autoregressive" : "mdlm");
  const system = kind.create({ size: vocabulary, maskId, endId });
  return { runtime, system, config, weights, maskId, window: attention.kind === "causal" ? 8 : 12 };
}

const random = randomStream(randomKey(8));
const canvasOf = (length: number) => Int32Array.from({ length }, () => random.integer(9));
const all = (length: number) => Int32Array.from({ length }, (_, i) => i);

describe("a causal network with its cache", async () => {
  const make = await cachedDenoisers({ ...network({ kind: "causal" }), beginId: endId });
  const fresh = (canvas: Int32Array, places: Int32Array) =>
    make().predict({ canvas, places, time: 1 });

  test("token by token equals all at once", async () => {
    const canvas = canvasOf(12);
    const whole = await fresh(canvas, all(12));
    const cached = make();
    for (let place = 0; place < 12; place++) {
      const seen = canvas.map((token, i) => (i < place ? token : maskId));
      const row = await cached.predict({ canvas: seen, places: Int32Array.of(place), time: 1 });
      const want = whole.subarray(place * vocabulary, (place + 1) * vocabulary);
      expect(row[maskId]).toBe(-Infinity);
      expect(relativeError(row.slice(0, maskId), want.slice(0, maskId))).toBeLessThan(1e-5);
    }
  });

  test("any order of questions, about any canvas, equals a fresh network", async () => {
    const cached = make();
    const first = canvasOf(10);
    for (const place of permutation(random, 10)) {
      // Canvases share a prefix of varying length with the one before.
      const canvas = first.map((token, i) => (i > 6 ? random.integer(9) : token));
      const places = Int32Array.of(place);
      const [got, want] = [
        await cached.predict({ canvas, places, time: 1 }),
        await fresh(canvas, places),
      ];
      expect(relativeError(got.slice(0, maskId), want.slice(0, maskId))).toBeLessThan(1e-5);
    }
  });

  test("two questions at once are answered as one after the other", async () => {
    const cached = make();
    const [one, other] = [canvasOf(8), canvasOf(8)];
    const ask = (canvas: Int32Array) =>
      cached.predict({ canvas, places: Int32Array.of(7), time: 1 });
    await ask(one);
    const answers = await Promise.all([ask(other), ask(one), ask(other)]);
    for (const [i, canvas] of [other, one, other].entries())
      expect(
        relativeError(
          answers[i]!.slice(0, maskId),
          (await fresh(canvas, Int32Array.of(7))).slice(0, maskId),
        ),
      ).toBeLessThan(1e-5);
  });

  test("beyond its window a place is predicted from the last half window or more", async () => {
    const canvas = canvasOf(20);
    for (const [place, start] of [
      [7, 0],
      [8, 4],
      [11, 4],
      [12, 8],
      [19, 12],
    ] as const) {
      const got = await fresh(canvas, Int32Array.of(place));
      expect(got).toEqual(await fresh(canvas.slice(start), Int32Array.of(place - start)));
    }
  });

  test("a place does not depend on itself or on what follows", async () => {
    const canvas = canvasOf(8);
    const before = await fresh(canvas, Int32Array.of(3));
    const after = await fresh(
      canvas.map((token, i) => (i >= 3 ? (token + 1) % 9 : token)),
      Int32Array.of(3),
    );
    expect(after).toEqual(before);
  });
});

describe("a network of blocks with its cache", async () => {
  const kind = systemOf("bd3lm", { block: 4 });
  const shared = { ...network(kind.attention), beginId: endId, window: 16 };
  const system = kind.create({ size: vocabulary, maskId, endId });
  const [cached, fresh] = await Promise.all(
    [true, false].map((cache) => cachedDenoisers({ ...shared, system, cache })),
  );
  const write = async (make: () => Denoiser, prompt: Int32Array, length: number, seed: number) => {
    const asked = recorded(make());
    const last = await finish(
      sample({
        denoiser: asked,
        canvas: openCanvas({ prompt, length, maskId }),
        rule: createRule("ancestral"),
        key: randomKey(seed),
      }),
    );
    return { text: [...last.canvas], asked };
  };

  test("writes the same tokens with the cache as without, at any length and after any prompt", async () => {
    // Beyond the window of 16 the context moves on; a prompt may end within a block.
    for (const [seed, [given, length]] of [
      [0, 8],
      [0, 15],
      [5, 11],
      [3, 37],
      [21, 30],
    ].entries()) {
      const prompt = canvasOf(given!);
      const { text } = await write(cached!, prompt, length!, seed);
      expect(text).toEqual((await write(fresh!, prompt, length!, seed)).text);
      expect(text.slice(0, given)).toEqual([...prompt]);
      expect(text).not.toContain(maskId);
    }
  });

  test("is asked about one block at a time, from the left", async () => {
    const { asked } = await write(cached!, canvasOf(6), 22, 1);
    let block = 0;
    for (const { places, canvas } of asked.requests) {
      const blocks = new Set(Array.from(places, (place) => Math.floor(place / 4)));
      expect(blocks.size).toBe(1);
      expect(Math.min(...blocks)).toBeGreaterThanOrEqual(block);
      block = Math.min(...blocks);
      expect(canvas.subarray(0, 4 * block)).not.toContain(maskId);
    }
    expect(block).toBe(6);
  });

  test("a rule's own blocks lie within the model's", () => {
    const places = Int32Array.from({ length: 10 }, (_, i) => i + 2);
    const turnOf = (place: number): number => Math.floor(place / 4);
    const blocks = splitBlocks(places, { size: 3, steps: 10, obeysSteps: true, turnOf });
    expect(blocks.map((block) => [...block.places])).toEqual([
      [2, 3],
      [4, 5, 6],
      [7],
      [8, 9, 10],
      [11],
    ]);
    expect(blocks.map(({ steps }) => steps)).toEqual([2, 3, 1, 3, 1]);
    const dealt = (steps: number) =>
      splitBlocks(places, { size: 3, steps, obeysSteps: true, turnOf }).map((b) => b.steps);
    expect(dealt(5)).toEqual([1, 1, 1, 1, 1]);
    expect(dealt(30)).toEqual([6, 9, 3, 9, 3]);
    // A single place may take many steps: its token can change in each of them.
    const lone = splitBlocks(Int32Array.of(0), { size: undefined, steps: 7, obeysSteps: true });
    expect(lone[0]!.steps).toBe(7);
  });
});

describe("a bidirectional network", async () => {
  const inner = await canvasDenoiser(network({ kind: "bidirectional" }));

  test("alone or in a crowd of other lengths: the same rows", async () => {
    const requests = [5, 9, 5, 7].map((length) => ({
      canvas: canvasOf(length),
      places: Int32Array.of(1, 3, 4),
      time: 1,
    }));
    const crowd = batched(inner);
    const together = await Promise.all(requests.map((request) => crowd.predict(request)));
    for (const [i, request] of requests.entries()) {
      const [alone] = await inner.predictBatch([request]);
      const finite = (row: Float32Array) => row.filter((value) => value > -Infinity);
      expect(relativeError(finite(together[i]!), finite(alone!))).toBeLessThan(1e-5);
    }
  });

  test("beyond its window a place is predicted from one window, and later windows wait", async () => {
    const canvas = canvasOf(27);
    for (const [place, start] of [
      [3, 0],
      [11, 0],
      [12, 6],
      [17, 6],
      [18, 12],
      [26, 18],
    ] as const) {
      expect(inner.turnOf!(place)).toBe(start);
      const [long] = await inner.predictBatch([{ canvas, places: Int32Array.of(place), time: 1 }]);
      const short = {
        canvas: canvas.slice(start, start + 12),
        places: Int32Array.of(place - start),
        time: 1,
      };
      expect(long).toEqual((await inner.predictBatch([short]))[0]);
    }
    // Asked about all at once, the answer is put together from the windows.
    const [whole] = await inner.predictBatch([{ canvas, places: all(27), time: 1 }]);
    const [one] = await inner.predictBatch([{ canvas, places: Int32Array.of(20), time: 1 }]);
    const finite = (row: Float32Array) => row.filter((value) => value > -Infinity);
    const part = whole!.slice(20 * vocabulary, 21 * vocabulary);
    expect(relativeError(finite(part), finite(one!))).toBeLessThan(1e-5);
  });

  test("rows are log-probabilities without the mask, and depend on both sides", async () => {
    const canvas = canvasOf(6);
    const places = Int32Array.of(2);
    const [row] = await inner.predictBatch([{ canvas, places, time: 1 }]);
    const total = row!.reduce((sum, value) => sum + Math.exp(value), 0);
    expect(total).toBeCloseTo(1, 5);
    for (const other of [1, 5]) {
      const changed = canvas.with(other, (canvas[other]! + 1) % 9);
      const [moved] = await inner.predictBatch([{ canvas: changed, places, time: 1 }]);
      expect(relativeError(moved!.slice(0, maskId), row!.slice(0, maskId))).toBeGreaterThan(1e-3);
    }
  });
});

test("block-causal attention sees its own block whole and earlier blocks only", async () => {
  const inner = await canvasDenoiser(network({ kind: "block", size: 3 }));
  const canvas = canvasOf(9);
  const ask = async (changed: number) => {
    const [row] = await inner.predictBatch([
      {
        canvas: canvas.with(changed, (canvas[changed]! + 1) % 9),
        places: Int32Array.of(4),
        time: 1,
      },
    ]);
    return row!;
  };
  const [row] = await inner.predictBatch([{ canvas, places: Int32Array.of(4), time: 1 }]);
  expect(await ask(6)).toEqual(row);
  for (const seen of [0, 3, 5]) expect(await ask(seen)).not.toEqual(row);
});
