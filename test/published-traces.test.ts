/**
 * Published samplers, replayed: the same networks, through our one loop, write the same tokens in the same
 * steps as the official code, after every step.
 */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { kindOf } from "../src/checkpoint/model-config.ts";
import type { Denoiser } from "../src/sample/denoiser.ts";
import { openDenoisers } from "../src/system/denoisers/index.ts";
import { goldenFamily, goldenNetwork } from "./support/published.ts";
import { goldenSamplers, replay, replaysOf } from "./support/trace.ts";
import type { GoldenCase, Replay, SamplerFamily } from "./support/trace.ts";

const runtime = cpuRuntime();

async function casesOf(family: SamplerFamily): Promise<readonly GoldenCase[]> {
  const files = family === "llada2-moe" ? ["samplers", "samplers_edit"] : ["samplers"];
  const lists = await Promise.all(
    files.map(async (file) => {
      const url = new URL(`golden/published/${family}/${file}.json`, import.meta.url);
      return JSON.parse(await readFile(url, "utf8")) as GoldenCase[];
    }),
  );
  return lists.flat();
}

/**
 * LLaDA's code never forbids the mask, so its probability is missing from those that places are ranked by.
 * We forbid it and share its probability out, which in one recorded run of LLaDA-MoE changes the order. This
 * is a model as published: what it says of the mask is dropped after the fact.
 */
function maskLeftIn(inner: Denoiser, maskId: number): Denoiser {
  const vocabulary = inner.vocabulary - 1;
  return {
    ...inner,
    vocabulary,
    maskId,
    process: undefined,
    survey: undefined,
    async predict(request) {
      const wide = await inner.predict(request);
      const rows = new Float32Array(request.places.length * vocabulary);
      for (const row of request.places.keys()) {
        const from = row * inner.vocabulary;
        rows.set(wide.subarray(from, from + vocabulary), row * vocabulary);
        rows[row * vocabulary + maskId] = -Infinity;
      }
      return rows;
    },
  };
}

describe.each(Object.keys(goldenSamplers) as SamplerFamily[])("%s", async (family) => {
  const cases = await casesOf(family);
  const { maskId } = await goldenFamily(family);
  const leavesMask = family === "llada-moe";
  const opened = new Map<string, ReturnType<typeof openDenoisers>>();

  /** A denoiser as a replay asks for it: causal by blocks, shifted, with a cache. */
  const denoiserFor = async (one: Replay) => {
    const { turn, shifted, cache = "none", causal } = one;
    const key = JSON.stringify([causal && turn, shifted, cache]);
    const open = async () => {
      const { config, weights } = await goldenNetwork(family, "checkpoint");
      const { vocabulary } = config.transformer;
      return openDenoisers({
        runtime,
        kind: kindOf(config),
        config: {
          ...config.transformer,
          ...(shifted === undefined ? {} : { predictsNext: shifted }),
          attention: causal ? { kind: "block", size: turn! } : { kind: "bidirectional" },
        },
        length: config.length,
        weights,
        tokenizer: { size: vocabulary, maskId: leavesMask ? vocabulary : maskId!, endId: 0 },
        align: family === "a2d-qwen3" ? "prompt" : "start",
        cache: causal ? "exact" : cache,
      });
    };
    const make = await (opened.get(key) ?? opened.set(key, open()).get(key)!);
    const denoiser = make(Int32Array.from(one.canvases[0]!));
    return leavesMask ? maskLeftIn(denoiser, maskId!) : denoiser;
  };

  test.each(replaysOf(family, cases, maskId!).map((one) => [one.name, one] as const))(
    "%s",
    async (_, one) => {
      expect(await replay(one, await denoiserFor(one))).toEqual(one.canvases);
    },
  );
});
