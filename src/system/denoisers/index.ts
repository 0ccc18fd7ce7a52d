/**
 * From a trained network to denoisers: the one place where a system meets a runtime.
 *
 * @module
 */
import type { TransformerConfig } from "../../model/transformer.ts";
import { batched } from "../../sample/denoiser.ts";
import type { Denoiser } from "../../sample/denoiser.ts";
import type { Runtime, Value } from "../../tensor/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import { canvasDenoiser } from "./canvas.ts";
import { systemOf } from "../index.ts";
import { prefixDenoisers } from "./prefix.ts";

export interface DenoiserOptions {
  readonly runtime: Runtime;
  readonly system: string;
  readonly config: TransformerConfig;
  /** Tokens of a canvas in training. */
  readonly length: number;
  readonly weights: Readonly<Record<string, Value>>;
  readonly tokenizer: Tokenizer;
}

/**
 * Compiles a model for sampling and returns a maker of denoisers, one for each `sample()`. Those of
 * a system that sees whole canvases are batched together; those of a causal one have a cache each.
 */
export async function openDenoisers(options: DenoiserOptions): Promise<() => Denoiser> {
  const { system, tokenizer } = options;
  const vocabulary = { size: tokenizer.size, maskId: tokenizer.maskId, endId: tokenizer.endId };
  const { sees } = systemOf(system).create(vocabulary);
  const network = { ...options, maskId: tokenizer.maskId };
  if (sees === "before")
    return prefixDenoisers({ ...network, beginId: tokenizer.endId, window: options.length });
  const denoiser = batched(await canvasDenoiser(network));
  return () => denoiser;
}
