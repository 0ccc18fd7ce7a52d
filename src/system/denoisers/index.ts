/**
 * From a trained network to denoisers: the one place where a system meets a runtime.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import type { TransformerConfig } from "../../model/transformer.ts";
import { batched } from "../../sample/denoiser.ts";
import type { Constant, Runtime } from "../../tensor/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { SystemKind } from "../system.ts";
import { approximateCaches, approximateDenoisers } from "./approximate.ts";
import type { ApproximateCache } from "./approximate.ts";
import { cachedDenoisers } from "./cached.ts";
import type { BlockAlign, OpenDenoiser } from "./cached.ts";
import { canvasDenoiser } from "./canvas.ts";

/**
 * What is kept of one pass for the next. `exact` is whatever changes no number: finished blocks of
 * networks that don't see beyond their block, and nothing of those that see the whole canvas.
 */
export const caches = ["exact", "none", ...approximateCaches] as const;
export type CacheKind = (typeof caches)[number];

/** Whether a cache is only nearly right. */
export const isApproximate = (cache: CacheKind): cache is ApproximateCache =>
  cache !== "exact" && cache !== "none";

export interface DenoiserOptions {
  readonly runtime: Runtime;
  readonly kind: SystemKind;
  readonly config: TransformerConfig;
  /** Tokens of a canvas in training. */
  readonly length: number;
  readonly weights: Readonly<Record<string, Constant>>;
  readonly tokenizer: Pick<Tokenizer, "size" | "maskId" | "endId">;
  /** A point for each id, for processes that need them. */
  readonly embeddings?: readonly Float64Array[] | undefined;
  /**
   * What stands before the first place, for networks that read shifted by one; null: nothing, so that
   * the first place must be given. Default: the end of the text before.
   */
  readonly beginId?: number | null | undefined;
  /** Where blocks begin. Default: at the start. */
  readonly align?: BlockAlign | undefined;
  /** Default: `exact`. */
  readonly cache?: CacheKind | undefined;
  /** Canvases of one pass at most. Default: 32, as their caches take memory. */
  readonly maxBatch?: number | undefined;
}

/**
 * Compiles a model for sampling and returns a maker of denoisers, one for each `sample()`. What
 * several of them ask at a time is computed together, except behind an approximate cache.
 */
export async function openDenoisers(options: DenoiserOptions): Promise<OpenDenoiser> {
  const { kind, tokenizer, config, embeddings, cache = "exact", maxBatch = 32 } = options;
  const { size, maskId, endId } = tokenizer;
  const system = kind.create({ size, maskId, endId, embeddings });
  const network = { ...options, system, maskId, window: options.length };
  const whole = config.attention.kind === "bidirectional";
  if (!whole) {
    if (isApproximate(cache)) throw noNeed(cache);
    const { beginId = endId } = options;
    return cachedDenoisers({
      ...network,
      beginId: beginId ?? undefined,
      cache: cache === "exact",
      maxBatch,
    });
  }
  if (isApproximate(cache)) return approximateDenoisers(network, cache);
  const denoiser = batched(await canvasDenoiser(network), { maxBatch });
  return () => denoiser;
}

const noNeed = (cache: string): UnmaskError =>
  new UnmaskError(
    "usage",
    `cache: ${cache} is for models that see the whole canvas; this one's cache is exact, leave --cache out`,
  );
