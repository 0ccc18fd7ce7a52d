/**
 * Vectors of tokens: a row of a table for each id. A quantised table holds int8 rows with a scale each.
 *
 * @module
 */
import { cast, gather, matmul, mul, reshape } from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { normal, ones, zeros } from "./parameter.ts";
import type { Parameters, ParameterSpecs } from "./parameter.ts";

export interface EmbeddingOptions {
  readonly rows: number;
  readonly width: number;
  readonly quantized?: boolean | undefined;
}

export function embeddingParameters({ rows, width, quantized }: EmbeddingOptions): ParameterSpecs {
  if (!quantized) return { weight: normal([rows, width]) };
  return { weight: { ...zeros([rows, width]), dtype: "int8" }, scales: ones([rows]) };
}

/** int32 [...] to [..., width]. */
export function embed({ weight, scales }: Parameters, ids: Tensor): Tensor {
  const rows = gather(weight!, ids);
  if (!scales) return rows;
  return mul(cast(rows, "float32"), reshape(gather(scales, ids), [...ids.shape, 1]));
}

/** Laws [..., rows] to the means of the rows under them, [..., width]. */
export function meanEmbedding({ weight, scales }: Parameters, laws: Tensor): Tensor {
  if (!scales) return matmul(laws, weight!);
  return matmul(mul(laws, scales), cast(weight!, "float32"));
}
