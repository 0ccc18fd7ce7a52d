/** Untrained models of any system, whose every place matters, ready to write. */
import { cpuRuntime } from "unmask/node";
import { systemFromSpec, tokenizers, transformerConfig } from "unmask";
import { openModel } from "../../src/generate/model.ts";
import type { UsableModel } from "../../src/generate/model.ts";
import { loudWeights } from "./loud-weights.ts";

/** What such a model consists of, of bytes. */
export async function toyContents(spec: string, length = 48) {
  const kind = systemFromSpec(spec);
  const tokenizer = await tokenizers["byte"]!.train([]);
  const transformer = transformerConfig(
    { layers: 2, heads: 4, width: 64 },
    { vocabulary: tokenizer.size, ...kind },
  );
  const { name: system, options } = kind;
  const config = { system, options, length, transformer };
  const weights = loudWeights(transformer, { deviation: 0.2, seed: 3 });
  return { config, weights, tokenizer };
}

export const toyModel = async (spec: string, length?: number): Promise<UsableModel> =>
  openModel(await toyContents(spec, length), {
    name: spec,
    runtime: cpuRuntime({ threads: 2 }),
    maxBatch: 16,
  });
