/**
 * The norms a transformer can be built with.
 *
 * @module
 */
import { add, layerNorm, rmsNorm } from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { ones, zeros } from "./parameter.ts";
import type { Parameters, ParameterSpecs } from "./parameter.ts";

/** Each norm by its name in a model's configuration. */
export const norms = { layer: layerNorm, rms: rmsNorm } as const;
export type NormKind = keyof typeof norms;

export const normParameters = (width: number, bias = false): ParameterSpecs => ({
  weight: ones([width]),
  ...(bias ? { bias: zeros([width]) } : {}),
});

export function norm(
  kind: NormKind,
  { weight, bias }: Parameters,
  x: Tensor,
  epsilon: number,
): Tensor {
  const y = norms[kind](x, weight!, epsilon);
  return bias ? add(y, bias) : y;
}
