/**
 * Published layouts against their official code: every family's golden checkpoints, read as they are
 * (single and sharded, float32, float16 and bfloat16), give its logits, likelihoods and greedy texts.
 */
import { describe, expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { randomKey } from "unmask/tensor";
import type { Value } from "unmask/tensor";
import { kindOf } from "../src/checkpoint/model-config.ts";
import type { PublishedNetwork } from "../src/checkpoint/published/read-network.ts";
import type { TransformerConfig } from "../src/model/transformer.ts";
import { logSoftmax } from "../src/diffusion/categorical.ts";
import { openCanvas } from "../src/sample/canvas.ts";
import { finish } from "../src/sample/frame.ts";
import { greedy } from "../src/sample/processor.ts";
import { leftToRight } from "../src/sample/rules/left-to-right.ts";
import { sample } from "../src/sample/sample.ts";
import { openDenoisers } from "../src/system/denoisers/index.ts";
import { distance, rowOf } from "./support/golden.ts";
import { goldenFamily, goldenLogits, goldenNetwork, networkLogits } from "./support/published.ts";
import type { LogitCase } from "./support/published.ts";

const runtime = cpuRuntime();

/** Each family, and how far logits in float32 may be from those in float64 (its README's words). */
const families: Readonly<Record<string, number>> = {
  "a2d-qwen3": 1e-4,
  bd3lm: 1e-4,
  dream: 1e-4,
  gpt2: 1e-4,
  llada: 3e-4,
  "llada-moe": 1e-4,
  "llada2-moe": 2e-4,
  llama: 1e-4,
  mdlm: 1e-4,
  qwen2: 1e-4,
  "qwen2-shifted": 1e-4,
  qwen3: 1e-4,
  sdar: 1e-4,
  sedd: 1e-4,
};

const blockSize = 4;

/** The network's own outputs, unshifted. */
function readAs(config: TransformerConfig, { kind }: LogitCase): TransformerConfig {
  const plain = { ...config, predictsNext: false };
  if (kind !== "block" && kind !== "paired") return plain;
  return { ...plain, attention: { kind: "block", size: blockSize } };
}

/** The logits of a case [batch, length, vocabulary]. */
const logitsOf = ({ config, weights }: PublishedNetwork, given: LogitCase): Promise<Value> =>
  networkLogits(runtime, { config: readAs(config.transformer, given), weights }, given);

/** A row as the golden one is written: a score is shifted by its noise, and 0 at its own token. */
function asWritten(
  row: Float64Array,
  given: LogitCase,
  batch: number,
  place: number,
): Float64Array {
  if (given.kind !== "score") return row;
  const sigma = given.sigma![batch]!;
  const shift = given.name.includes("absorb") ? Math.log(Math.expm1(sigma) * (row.length - 1)) : 0;
  return row.map((value, token) => (token === given.ids[batch]![place] ? 0 : value - shift));
}

describe.each(Object.keys(families))("%s", async (family) => {
  const golden = await goldenFamily(family);
  const arrays = await goldenLogits(family);

  test.each(golden.logits.map((given) => [given.name, given] as const))("%s", async (_, given) => {
    const got = await logitsOf(await goldenNetwork(family, given.checkpoint), given);
    const want = arrays[given.name]!;
    for (const batch of given.ids.keys())
      for (const [index, place] of given.rows.entries()) {
        if (given.mask?.[batch]![place] === 0) continue;
        const row = asWritten(rowOf(got, batch, place), given, batch, place);
        const error = distance(row, rowOf(want, batch, index));
        expect(error, `row ${batch}, place ${place}`).toBeLessThan(families[family]!);
      }
  });

  for (const given of golden.losses ?? [])
    test(`${given.name}: what masked places cost in training`, async () => {
      const logits = await logitsOf(await goldenNetwork(family, given.checkpoint), given);
      const want = arrays[given.name]!;
      for (const [batch, targets] of given.targets.entries()) {
        const costs = targets.map((target, place) => {
          const cost = -logSoftmax(rowOf(logits, batch, place))[target]!;
          return given.masked[batch]![place] === 1 ? cost * given.weights[batch]! : 0;
        });
        const theirs = rowOf(want, batch);
        for (const [place, cost] of costs.entries())
          expect(Math.abs(cost - theirs[place]!)).toBeLessThanOrEqual(1e-5 * (1 + theirs[place]!));
      }
    });

  for (const { checkpoint, likelihood, greedy: continued } of golden.texts ?? []) {
    const open = async () => {
      const { config, weights } = await goldenNetwork(family, checkpoint);
      const { vocabulary } = config.transformer;
      const { maskId } = config.published!;
      return openDenoisers({
        runtime,
        kind: kindOf(config),
        config: config.transformer,
        length: config.length,
        weights,
        tokenizer: { size: vocabulary + 1, maskId, endId: 0 },
        beginId: null,
      });
    };

    test(`${checkpoint}: what texts cost behind their first token`, async () => {
      const denoiser = (await open())();
      for (const { ids, logProbs } of likelihood)
        for (const [batch, text] of ids.entries()) {
          const canvas = Int32Array.from(text);
          const places = Int32Array.from(text.keys()).subarray(1);
          const rows = await denoiser.predict({ canvas, places, time: 1 });
          const { vocabulary } = denoiser;
          const ours = Array.from(places, (place, i) => rows[i * vocabulary + text[place]!]!);
          expect(distance(ours, logProbs[batch]!)).toBeLessThan(1e-4);
        }
    });

    test(`${checkpoint}: greedy texts, with a cache`, async () => {
      const make = await open();
      for (const { prompt, output } of continued)
        for (const [batch, ids] of prompt.entries()) {
          const denoiser = make();
          const want = output[batch]!;
          const canvas = openCanvas({
            prompt: Int32Array.from(ids),
            length: want.length - ids.length,
            maskId: denoiser.maskId,
          });
          const processors = [greedy()];
          const options = { denoiser, canvas, rule: leftToRight(), processors, key: randomKey(1) };
          expect([...(await finish(sample(options))).canvas]).toEqual(want);
        }
    });
  }
});
