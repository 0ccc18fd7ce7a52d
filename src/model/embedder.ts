/**
 * A paragraph as a few vectors, and back: the networks of a variational paragraph embedder (PLANNER,
 * Zhang et al. 2023, section 3.1).
 *
 * The encoder reads the whole paragraph; what it knows at the places of a stretch says the mean of one latent,
 * within [-1, 1] by a tanh. The decoder is a causal transformer that has the latents
 * in front of its tokens. Four places and two latents:
 *
 * ```
 * encoder   T h | e .             bidirectional; z1 of the first two places, z2 of the others
 * decoder   z1 z2 | <end> T h e   causal; says T h e .
 * ```
 *
 * @module
 */
import { embed, embeddingParameters } from "../nn/embedding.ts";
import { linear, linearParameters } from "../nn/linear.ts";
import { scope, under } from "../nn/parameter.ts";
import type { Parameters, ParameterSpecs } from "../nn/parameter.ts";
import { positionsOf } from "../nn/rotary.ts";
import { cast, mul, reshape, slice, tanh } from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { fixedPlaces } from "./network.ts";
import { backbone, backboneParameters, transformer, transformerParameters } from "./transformer.ts";
import type { BackboneConfig, BackboneInputs, TransformerConfig } from "./transformer.ts";

/** Shapes of an embedder. */
export interface EmbedderConfig {
  /** Tokens of a paragraph at most: a multiple of `latents`. */
  readonly length: number;
  /** Vectors that a paragraph becomes. */
  readonly latents: number;
  /** Numbers of each. */
  readonly dimension: number;
  /** Bidirectional; its vocabulary is the decoder's. */
  readonly encoder: BackboneConfig;
  /** Causal. */
  readonly decoder: TransformerConfig;
}

/** What is put into a graph beside its inputs. */
interface GraphOptions {
  readonly dropout?: ((x: Tensor) => Tensor) | undefined;
}

export function embedderParameters(config: EmbedderConfig): ParameterSpecs {
  return { ...encoderParameters(config), ...under("decoder", decoderParameters(config)) };
}

/** The encoder's, as {@link encode} takes them. */
export function encoderParameters(config: EmbedderConfig): ParameterSpecs {
  const { dimension, encoder, decoder } = config;
  const { width } = encoder;
  const quantized = encoder.quantized !== undefined;
  const inputs = stretchOf(config) * width;
  return under("encoder", {
    ...under("embed", embeddingParameters({ rows: decoder.vocabulary, width, quantized })),
    ...backboneParameters(encoder),
    ...under("mean", linearParameters({ inputs, outputs: dimension, bias: true })),
  });
}

/** The decoder's, without the name under which they stand. */
export const decoderParameters = ({ dimension, decoder }: EmbedderConfig): ParameterSpecs => ({
  ...under("latent", linearParameters({ inputs: dimension, outputs: decoder.width, bias: true })),
  ...transformerParameters(decoder),
});

/** A language model's weights, as both of an embedder's transformers begin with them. */
export const embeddersOf = <T>(weights: Readonly<Record<string, T>>): Record<string, T> => ({
  ...under("encoder", weights),
  ...under("decoder", weights),
});

/** Places that one latent is made of. */
const stretchOf = ({ length, latents }: EmbedderConfig): number => length / latents;

/**
 * Paragraphs to the means of their latents, [batch, latents, dimension], within [-1, 1].
 *
 * @param tokens int32 [batch, length]
 * @param present bool [batch, length]: false where a paragraph has ended
 */
export function encode(
  config: EmbedderConfig,
  weights: Parameters,
  { tokens, present }: { readonly tokens: Tensor; readonly present: Tensor },
  { dropout }: GraphOptions = {},
): Tensor {
  const { encoder, latents, length } = config;
  const parameters = scope(weights, "encoder");
  const [batch] = tokens.shape;
  const inputs = { ...fixedPlaces(encoder, positionsOf(length)), present, dropout };
  const x = embed(scope(parameters, "embed"), tokens);
  const { hidden } = backbone(encoder, parameters, x, inputs);
  // Nothing is known of what isn't there.
  const known = mul(hidden, reshape(cast(present, "float32"), [batch!, length, 1]));
  const stretches = reshape(known, [batch!, latents, stretchOf(config) * encoder.width]);
  return tanh(linear(scope(parameters, "mean"), stretches));
}

/**
 * Latents to what the decoder says of each token of their paragraph, [batch, length, vocabulary].
 *
 * @param latents [batch, latents, dimension]
 * @param tokens the paragraph shifted right by one, int32 [batch, length]
 */
export function decode(
  config: EmbedderConfig,
  weights: Parameters,
  { latents, tokens }: { readonly latents: Tensor; readonly tokens: Tensor },
  { dropout }: GraphOptions = {},
): Tensor {
  const { decoder, latents: count } = config;
  const parameters = scope(weights, "decoder");
  const length = tokens.shape[1] as number;
  return transformer(decoder, parameters, {
    tokens,
    front: latentFront(parameters, latents),
    ...decoderPlaces(config, length),
    dropout,
    select: (hidden) => slice(hidden, 1, count, count + length),
  }).logits;
}

/** Latents as what stands in front of the decoder's tokens. */
export const latentFront = (decoder: Parameters, latents: Tensor): Tensor =>
  linear(scope(decoder, "latent"), latents);

/**
 * The decoder's places: the latents, then `length` tokens. A latent comes before all tokens, but is turned
 * as if it stood in the middle of its stretch, so that from every token "the latent beside me" is one and
 * the same look.
 */
export function decoderPlaces(
  config: EmbedderConfig,
  length: number,
): Pick<BackboneInputs, "positions" | "cosines" | "sines"> {
  const { decoder, latents } = config;
  const places = positionsOf(latents + length);
  const stretch = stretchOf(config);
  const turns = Float64Array.from(places, (place) =>
    place < latents ? latents + stretch * place + (stretch - 1) / 2 : place,
  );
  return fixedPlaces(decoder, places, turns);
}
