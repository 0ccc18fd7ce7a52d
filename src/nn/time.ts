/**
 * Time conditioning as DiT does it (Peebles & Xie 2023): sinusoidal features of the noise level, a
 * small MLP, and from its output a shift, a scale and a gate for each norm (adaLN-zero).
 *
 * @module
 */
import { add, floats, mul, reshape, silu, splitEvenly } from "../tensor/index.ts";
import type { Tensor, Value } from "../tensor/index.ts";
import { linear, linearParameters } from "./linear.ts";
import { scope, under, zeros } from "./parameter.ts";
import type { Parameters, ParameterSpecs } from "./parameter.ts";

/** Features of one noise level: cosines, then sines. */
export const timeFeatureCount = 256;

/** [levels, 256] features: cos and sin of `level * 10000^(-i / 128)`, computed in float64. */
export function timeFeatures(levels: ArrayLike<number>): Value {
  const half = timeFeatureCount / 2;
  const features = Float32Array.from({ length: levels.length * timeFeatureCount }, (_, at) => {
    const i = at % timeFeatureCount;
    const angle = levels[Math.floor(at / timeFeatureCount)]! * 10000 ** (-(i % half) / half);
    return i < half ? Math.cos(angle) : Math.sin(angle);
  });
  return floats([levels.length, timeFeatureCount], features);
}

export function timeParameters(conditionWidth: number): ParameterSpecs {
  const layer = (inputs: number) =>
    linearParameters({ inputs, outputs: conditionWidth, bias: true });
  return { ...under("in", layer(timeFeatureCount)), ...under("out", layer(conditionWidth)) };
}

/** Features [batch, 256] to the condition [batch, conditionWidth] that every adaLN reads. */
export function timeCondition(parameters: Parameters, features: Tensor): Tensor {
  const hidden = silu(linear(scope(parameters, "in"), features));
  return silu(linear(scope(parameters, "out"), hidden));
}

/** What adaLN does with a vector: adds it, scales by 1 + it, or multiplies what a branch adds by it. */
export type Modulation = "shift" | "scale" | "gate";

/**
 * adaLN-zero: a vector of `width` for each modulation, all zero at the start. In a network that has learnt without
 * it the gates begin open: closed ones would hide all that its branches have learnt.
 */
export function adaLnParameters(
  conditionWidth: number,
  width: number,
  modulations: readonly Modulation[],
): ParameterSpecs {
  const { weight, bias } = linearParameters({
    inputs: conditionWidth,
    outputs: modulations.length * width,
    bias: true,
    weight: zeros,
  });
  const neutral = modulations.flatMap((one) => Array<number>(width).fill(one === "gate" ? 1 : 0));
  return { weight: weight!, bias: { ...bias!, neutral } };
}

/** The condition's vectors, each [batch, 1, width]. */
export function adaLn(
  parameters: Parameters,
  condition: Tensor,
  { length: chunks }: readonly Modulation[],
): readonly Tensor[] {
  const all = linear(parameters, condition);
  const [batch, width] = all.shape;
  return splitEvenly(reshape(all, [batch!, 1, width!]), -1, chunks);
}

/** `x (1 + scale) + shift` */
export const modulate = (x: Tensor, shift: Tensor, scale: Tensor): Tensor =>
  add(mul(x, add(scale, 1)), shift);
