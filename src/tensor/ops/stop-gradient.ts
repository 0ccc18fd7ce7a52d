/**
 * A value that is taken as given: what it was computed from learns nothing by it.
 *
 * @module
 */
import { apply } from "../graph.ts";
import type { Tensor } from "../graph.ts";
import type { Op } from "../op.ts";

/** x, through which no gradient flows. */
export const stopGradient = (x: Tensor): Tensor =>
  apply("stopGradient", stopGradientOp, [x], {})[0]!;

export const stopGradientOp: Op<"stopGradient"> = {
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  gradient: () => [undefined],
  onnx: ({ emit, inputs }) => [emit.node("Identity", inputs)],
  reference: ([x]) => [x!.data],
};
