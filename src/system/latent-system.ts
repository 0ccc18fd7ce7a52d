/**
 * What a latent system is. Where a system's canvas is tokens, a latent system's is a handful of vectors
 * that stand for a paragraph: an embedder turns text into vectors and back, and a diffusion network plans
 * new ones. It is trained in two stages, and has no places that could be filled or scored one by one.
 *
 * @module
 */
import type { GaussianDiffusion } from "../diffusion/gaussian/diffusion.ts";
import type { Moments } from "../diffusion/gaussian/moments.ts";
import type { EmbedderConfig } from "../model/embedder.ts";
import type { LatentTransformerConfig } from "../model/latent-transformer.ts";
import type { Size } from "../model/sizes.ts";
import type { Quantization } from "../nn/linear.ts";
import type { Lesson } from "../objective/lesson.ts";
import type { Value } from "../tensor/index.ts";
import { variant } from "../variant.ts";
import type { OptionDocs, OptionValues, VariantDocs, VariantFactory } from "../variant.ts";
import type { Vocabulary } from "./system.ts";

/** What the second stage builds on. */
export interface Embedded {
  /** The embedder's weights; others may be among them. */
  readonly weights: Readonly<Record<string, Value>>;
  /** Of the latents of the training text, [latents * dimension]. */
  readonly moments: Moments;
}

/** A latent system at work on a vocabulary, with networks of one shape. */
export interface LatentSystem {
  readonly embedder: EmbedderConfig;
  readonly planner: LatentTransformerConfig;
  readonly diffusion: GaussianDiffusion;
  /** The first and the last time that is trained on and sampled at. */
  readonly times: { readonly first: number; readonly last: number };
  /** What the diffusion network is told of a time. */
  readonly tell: (time: number) => number;
  /** The largest magnitude of a latent's numbers, before they are normalised. */
  readonly range: number;
  /** The share of a guess's magnitudes that dynamic thresholding leaves alone. */
  readonly quantile: number;
  /** The first stage, over windows of a paragraph. */
  readonly embedding: Lesson;
  /** What it is validated by: clean texts said again from their own latents. */
  readonly fidelity: Lesson;
  /** The second stage, over windows of two. */
  planning(embedded: Embedded): Lesson;
}

/** Layers, heads and width of each of a system's networks, and in how many bits they are, if not in floats. */
export interface NetworkShape extends Pick<Size, "layers" | "heads" | "width"> {
  readonly quantized?: Quantization | undefined;
}

/** What a latent system's networks are made for. */
export interface LatentSetting {
  readonly network: NetworkShape;
  /** Tokens of a paragraph at most. */
  readonly length: number;
}

/** What a latent system's file says of it, once its options are known. */
export interface LatentSystemParts {
  /** Denoising steps when nobody asks for another number. */
  readonly steps: number;
  /** How clear a plan gets before it is said, when nobody asks otherwise: a share of signal, above 0; 1 is all. */
  readonly clarity: number;
  /** The share of a size's learning rate that suits it. */
  readonly pace: number;
  create(vocabulary: Vocabulary, setting: LatentSetting): LatentSystem;
}

/** A latent system with its options chosen. */
export interface LatentSystemKind extends LatentSystemParts {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  readonly paper: string;
  /** Every option's value, as a model's configuration keeps them. */
  readonly options: Readonly<Record<string, number | boolean | string>>;
}

/** Joins a latent system's documentation and its parts: a line of the table. */
export function latentSystem<const Docs extends OptionDocs>(
  docs: Omit<VariantDocs<Docs>, "kind" | "paper"> & { readonly paper: string },
  parts: (options: OptionValues<Docs>) => LatentSystemParts,
): VariantFactory<Docs, LatentSystemKind> {
  const { name, summary, paper } = docs;
  return variant({ kind: "system", ...docs }, (options): LatentSystemKind => ({
    name,
    summary,
    paper,
    options,
    ...parts(options),
  }));
}
