/**
 * Self-conditioning: a network is given what it thought before (Analog Bits, Chen et al. 2022; on tokens as
 * DiffusionGemma does it, Google DeepMind 2026). An earlier law of a place becomes the mean of its tokens'
 * vectors, passes a gated MLP, and is added to the vector of the token that stands there:
 *
 * ```
 * x = embed(token) + MLP(norm(sum over y of belief(y) embed(y)))
 * ```
 *
 * No belief at all is 0, and adds exactly 0.
 *
 * @module
 */
import type { Tensor } from "../tensor/index.ts";
import { meanEmbedding } from "./embedding.ts";
import { mlps } from "./mlp.ts";
import { norm, normParameters } from "./norm.ts";
import type { NormKind } from "./norm.ts";
import { scope, under } from "./parameter.ts";
import type { Parameters, ParameterSpecs } from "./parameter.ts";

export interface SelfConditionOptions {
  readonly width: number;
  /** Standard deviation of the last layer's initial weights. */
  readonly outputDeviation: number;
}

export function selfConditionParameters(options: SelfConditionOptions): ParameterSpecs {
  const { width } = options;
  return {
    ...under("norm", normParameters(width)),
    ...under("mlp", mlps.swiglu.parameters({ ...options, hidden: width, bias: false })),
  };
}

/** What a belief, [batch, length, vocabulary], adds to the tokens' vectors, [batch, length, width]. */
export function selfCondition(
  parameters: Parameters,
  belief: Tensor,
  options: { embedding: Parameters; norm: NormKind; epsilon: number },
): Tensor {
  const mean = meanEmbedding(options.embedding, belief);
  const normed = norm(options.norm, scope(parameters, "norm"), mean, options.epsilon);
  return mlps.swiglu.apply(scope(parameters, "mlp"), normed);
}
