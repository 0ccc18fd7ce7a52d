/**
 * The diffusion transformer over latents (DiT, Peebles & Xie 2023, as PLANNER uses it, section 3.2): noisy
 * latents and a noise level to the clean latents. What a text is to follow, itself latents, stands behind
 * the noisy ones, and takes part in every block; learnt vectors stand there when there is nothing.
 *
 * @module
 */
import { linear, linearParameters } from "../nn/linear.ts";
import { normal, scope, under, zeros } from "../nn/parameter.ts";
import type { Parameters, ParameterSpecs } from "../nn/parameter.ts";
import { positionsOf } from "../nn/rotary.ts";
import { add, concat, mul, reshape, slice, sub } from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { fixedPlaces } from "./network.ts";
import { backbone, backboneParameters } from "./transformer.ts";
import type { BackboneConfig } from "./transformer.ts";

export interface LatentTransformerConfig {
  readonly latents: number;
  readonly dimension: number;
  /** Bidirectional, told the time, with learnt positions: 2 * latents of them. */
  readonly backbone: BackboneConfig;
}

export interface LatentTransformerInputs {
  /** Noisy latents, normalised, [batch, latents, dimension] */
  readonly noisy: Tensor;
  /** [batch, 256] */
  readonly time: Tensor;
  /** The latents of the text before, normalised, [batch, latents, dimension] */
  readonly condition: Tensor;
  /** 1 for rows that may look at their condition, 0 for those that know nothing, [batch] */
  readonly conditioned: Tensor;
}

export function latentTransformerParameters(config: LatentTransformerConfig): ParameterSpecs {
  const { latents, dimension, backbone: blocks } = config;
  const { width } = blocks;
  const input = linearParameters({ inputs: dimension, outputs: width, bias: true });
  return under("planner", {
    ...under("in", input),
    ...under("condition", input),
    nothing: normal([latents, width]),
    ...backboneParameters(blocks),
    ...under(
      "out",
      linearParameters({ inputs: width, outputs: dimension, bias: true, weight: zeros }),
    ),
  });
}

/** A guess of the clean latents, [batch, latents, dimension]: at the start, their mean. */
export function latentTransformer(
  config: LatentTransformerConfig,
  weights: Parameters,
  { noisy, time, condition, conditioned }: LatentTransformerInputs,
  { dropout }: { readonly dropout?: ((x: Tensor) => Tensor) | undefined } = {},
): Tensor {
  const { latents, backbone: blocks } = config;
  const parameters = scope(weights, "planner");
  const known = reshape(conditioned, [conditioned.shape[0]!, 1, 1]);
  const behind = add(
    mul(known, linear(scope(parameters, "condition"), condition)),
    mul(sub(1, known), parameters["nothing"]!),
  );
  const x = concat([linear(scope(parameters, "in"), noisy), behind], 1);
  const places = fixedPlaces(blocks, positionsOf(2 * latents));
  const { hidden } = backbone(blocks, parameters, x, { ...places, time, dropout });
  return linear(scope(parameters, "out"), slice(hidden, 1, 0, latents));
}
