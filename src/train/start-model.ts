/**
 * `--init`: the model that a run begins with, its weights at hand.
 *
 * @module
 */
import { loadConstants } from "../checkpoint/constants.ts";
import { isLatentFolder, readLatentModel } from "../checkpoint/latent-folder.ts";
import type { LatentConfig } from "../checkpoint/latent-contents.ts";
import type { ModelContents } from "../checkpoint/model-contents.ts";
import { readModel } from "../checkpoint/model-folder.ts";
import { UnmaskError } from "../errors.ts";
import { embeddersOf } from "../model/embedder.ts";
import type { LatentSystemKind, NetworkShape } from "../system/latent-system.ts";
import type { Value } from "../tensor/index.ts";
import type { Tokenizer } from "../text/index.ts";

type Weights = Readonly<Record<string, Value>>;

/** A model whose canvas is tokens. */
export interface Start extends Omit<ModelContents, "weights"> {
  readonly weights: Weights;
}

/** What a run in stages begins with. */
export interface LatentStart {
  readonly tokenizer: Tokenizer;
  readonly network: NetworkShape;
  /** Tokens of a paragraph, where there were any. */
  readonly length?: number | undefined;
  /** By the names of the networks of both stages; those that are lacking start fresh. */
  readonly weights: Weights;
}

/** @throws UnmaskError `usage` for a published model, and for one in fewer bits */
export async function readStart(folder: string): Promise<Start> {
  const model = await readModel(folder);
  const { published, transformer } = model.config;
  if (published)
    throw refused(
      `a model that was trained here, got "${folder}", a published one of the family ${published.family}`,
      "published models can be sampled and scored, not trained on: leave --init out",
    );
  checkFloats(folder, transformer.quantized);
  return { ...model, weights: await loadConstants(model.weights) };
}

/**
 * Another latent system's networks, or one language model for two of them: what it has learnt of words serves
 * the encoder and the decoder both, as PLANNER begins with BERT and GPT-2 (Zhang et al. 2023, section 4).
 *
 * @throws UnmaskError `usage` as `readStart`, for a network that is told the time, and for latents of another number or size
 */
export async function readLatentStart(
  folder: string,
  kind: LatentSystemKind,
): Promise<LatentStart> {
  if (!(await isLatentFolder(folder))) {
    const { config, tokenizer, weights } = await readStart(folder);
    const { layers, heads, width, conditionWidth } = config.transformer;
    // Its blocks can't do without the time, and neither encoder nor decoder is told one.
    if (conditionWidth > 0)
      throw refused(
        `a network that isn't told the time, got "${folder}", of the system ${config.system}`,
        "name an autoregressive or a masked model",
      );
    return { tokenizer, network: { layers, heads, width }, weights: embeddersOf(weights) };
  }
  const { config, tokenizer, weights } = await readLatentModel(folder);
  checkLatents(kind, config, folder);
  checkFloats(folder, config.network.quantized);
  const { network, length } = config;
  return { tokenizer, network, length, weights: await loadConstants(weights) };
}

const refused = (needed: string, remedy: string): UnmaskError =>
  new UnmaskError("usage", `train: --init needs ${needed}; ${remedy}`);

/** Rounded weights can't be moved. */
function checkFloats(folder: string, quantized: { readonly bits: number } | undefined): void {
  if (quantized)
    throw refused(
      `weights of floats, got "${folder}" in ${quantized.bits} bits`,
      "name the model that it was made from",
    );
}

/** Latents of another number or size are another space: nothing of the networks could be kept. */
function checkLatents(
  { options }: LatentSystemKind,
  { options: before }: LatentConfig,
  from: string,
): void {
  for (const name of ["latents", "dimension"])
    if (options[name] !== before[name])
      throw new UnmaskError(
        "usage",
        `train: --init "${from}" has ${name}=${before[name]}, got ${name}=${options[name]} in --system; take the same`,
      );
}
