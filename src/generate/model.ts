/**
 * A model that is ready to write.
 *
 * @module
 */
import { kindOf } from "../checkpoint/model-config.ts";
import type { ModelContents } from "../checkpoint/model-contents.ts";
import { UnmaskError } from "../errors.ts";
import type { OpenDenoiser } from "../system/denoisers/cached.ts";
import { isApproximate, openDenoisers } from "../system/denoisers/index.ts";
import type { CacheKind } from "../system/denoisers/index.ts";
import type { SystemKind } from "../system/system.ts";
import type { Runtime } from "../tensor/index.ts";

export interface UsableModel extends ModelContents {
  readonly name: string;
  readonly kind: SystemKind;
  /** A denoiser for one `sample()` that starts from this canvas. */
  readonly denoiser: OpenDenoiser;
  /** Whether what a denoiser keeps between passes is only nearly right. */
  readonly approximate: boolean;
}

/** How a model is made ready. */
export interface OpenOptions {
  /** What people call it. */
  readonly name: string;
  readonly runtime: Runtime;
  /** Default: `exact`. */
  readonly cache?: CacheKind | undefined;
  /** Canvases that are computed together at most. Default: 32. */
  readonly maxBatch?: number | undefined;
}

/** Makes a model ready for sampling. */
export async function openModel(
  contents: ModelContents,
  { name, runtime, cache = "exact", maxBatch }: OpenOptions,
): Promise<UsableModel> {
  const { transformer, length, published } = contents.config;
  const kind = kindOf(contents.config);
  const denoiser = await openDenoisers({
    ...contents,
    runtime,
    kind,
    config: transformer,
    length,
    // What begins a published model's text is part of its prompt.
    ...(published ? { beginId: null, align: published.align } : {}),
    cache,
    maxBatch,
  });
  return { ...contents, name, kind, denoiser, approximate: isApproximate(cache) };
}

/** Refuses a model that sees nothing to the right of what is filled: a hole, a place. */
export function needBothSides(verb: string, what: string, { kind }: UsableModel): void {
  if (kind.infills) return;
  throw new UnmaskError(
    "usage",
    `${verb}: needs a model that sees both sides of ${what}, got the system ${kind.name}, ` +
      `which only continues; use a diffusion model`,
  );
}

/** A prompt's tokens, behind the token that begins a text where the model wants one. */
export function promptTokens({ config, tokenizer }: ModelContents, text: string): Int32Array {
  const tokens = tokenizer.encode(text);
  const { published, transformer } = config;
  if (!published || published.beginId === null) return tokens;
  // A causal network has nothing to go on but what is given.
  const needed = tokens.length === 0 && transformer.attention.kind === "causal";
  return published.begins || needed ? Int32Array.of(published.beginId, ...tokens) : tokens;
}
