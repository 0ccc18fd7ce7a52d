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
import type { SystemKind } from "../system.ts";
import { cachedDenoisers } from "./cached.ts";
import { canvasDenoiser } from "./canvas.ts";

export interface DenoiserOptions {
  readonly runtime: Runtime;
  readonly kind: SystemKind;
  readonly config: TransformerConfig;
  /** Tokens of a canvas in training. */
  readonly length: number;
  readonly weights: Readonly<Record<string, Value>>;
  readonly tokenizer: Tokenizer;
  /** A point for each id, for processes that need them. */
  readonly embeddings?: readonly Float64Array[] | undefined;
}

/**
 * Compiles a model for sampling and returns a maker of denoisers, one for each `sample()`. Those of
 * a system that sees whole canvases are batched together; those of blocks (and of one token after
 * another) have a cache each.
 */
export async function openDenoisers(options: DenoiserOptions): Promise<() => Denoiser> {
  const { kind, tokenizer, config, embeddings } = options;
  const { size, maskId, endId } = tokenizer;
  const system = kind.create({ size, maskId, endId, embeddings });
  const network = { ...options, system, maskId, window: options.length };
  if (config.attention.kind !== "bidirectional")
    return cachedDenoisers({ ...network, beginId: endId });
  const denoiser = batched(await canvasDenoiser(network));
  return () => denoiser;
}
