/**
 * The norms a transformer can be built with.
 *
 * @module
 */
import { layerNorm, rmsNorm } from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { ones } from "./parameter.ts";
import type { Parameters, ParameterSpecs } from "./parameter.ts";

/** Each norm by its name in a model's configuration. */
export const norms = { layer: layerNorm, rms: rmsNorm } as const;
export type NormKind = keyof typeof norms;

export const normParameters = (width: number): ParameterSpecs => ({ weight: ones([width]) });

export function norm(kind: NormKind, { weight }: Parameters, x: Tensor, epsilon: number): Tensor {
  return norms[kind](x, weight!, epsilon);
}
