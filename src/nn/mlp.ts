/**
 * The block's second half: a plain MLP with GELU, or the gated one of SwiGLU (Shazeer 2020).
 *
 * @module
 */
import { gelu, mul, silu } from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { linear, linearParameters } from "./linear.ts";
import type { Quantization } from "./linear.ts";
import { normal, scope, under } from "./parameter.ts";
import type { Parameters, ParameterSpecs } from "./parameter.ts";

export interface MlpOptions {
  readonly width: number;
  readonly hidden: number;
  readonly bias: boolean;
  readonly quantized?: Quantization | undefined;
  /** Standard deviation of the last layer's initial weights. */
  readonly outputDeviation: number;
}

interface MlpKind {
  parameters(options: MlpOptions): ParameterSpecs;
  apply(parameters: Parameters, x: Tensor): Tensor;
}

const up = ({ width, hidden, ...rest }: MlpOptions): ParameterSpecs =>
  linearParameters({ ...rest, inputs: width, outputs: hidden });

const down = ({ width, hidden, outputDeviation, ...rest }: MlpOptions): ParameterSpecs =>
  linearParameters({
    ...rest,
    inputs: hidden,
    outputs: width,
    weight: (shape) => normal(shape, outputDeviation),
  });

/** Each kind by its name in a model's configuration. */
export const mlps = {
  gelu: {
    parameters: (options) => ({ ...under("up", up(options)), ...under("down", down(options)) }),
    apply: (parameters, x) =>
      linear(scope(parameters, "down"), gelu(linear(scope(parameters, "up"), x))),
  },
  swiglu: {
    parameters: (options) => ({
      ...under("gate", up(options)),
      ...under("up", up(options)),
      ...under("down", down(options)),
    }),
    apply(parameters, x) {
      const gate = silu(linear(scope(parameters, "gate"), x));
      return linear(scope(parameters, "down"), mul(gate, linear(scope(parameters, "up"), x)));
    },
  },
} as const satisfies Record<string, MlpKind>;

export type MlpName = keyof typeof mlps;
