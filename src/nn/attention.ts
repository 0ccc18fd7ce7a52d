/**
 * Multi-head self-attention with rotary positions and, optionally, fewer key/value heads than query
 * heads (grouped-query attention, Ainslie et al. 2023).
 *
 * @module
 */
import {
  attention,
  cachedAttention,
  concat,
  expand,
  multiplyDims,
  reshape,
  rotary,
  split,
  transpose,
} from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { linear, linearParameters } from "./linear.ts";
import type { Quantization } from "./linear.ts";
import { norm, normParameters } from "./norm.ts";
import { normal, scope, under } from "./parameter.ts";
import type { Parameters, ParameterSpecs } from "./parameter.ts";

/** What tells one attention layer from another. */
export interface AttentionShape {
  readonly width: number;
  readonly heads: number;
  /** Divides `heads`; equal to it for ordinary multi-head attention. */
  readonly keyValueHeads: number;
  /** Width of a head. Default: `width / heads`. */
  readonly headSize?: number | undefined;
  /** Biases of the projections to queries, keys and values (Qwen2). Default: none. */
  readonly queryKeyValueBias?: boolean | undefined;
  /** A bias of the output projection (GPT-2). Default: none. */
  readonly outputBias?: boolean | undefined;
  /** RMSNorm of each query and key, before they are turned (Qwen3). Default: none. */
  readonly queryKeyNorm?: boolean | undefined;
  readonly normEpsilon: number;
  /** How many numbers of a head are turned by its position; the first ones. Default: all. */
  readonly rotarySize?: number | undefined;
  readonly quantized?: Quantization | undefined;
}

/** Width of one head. */
export const headSize = (shape: Pick<AttentionShape, "width" | "heads" | "headSize">): number =>
  shape.headSize ?? shape.width / shape.heads;

export interface AttentionOptions extends AttentionShape {
  /** Standard deviation of the output projection's initial weights. */
  readonly outputDeviation: number;
}

/** Keys and values of positions that were computed before: [batch, keyValueHeads, past, size]. */
export interface KeyValues {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** What attention knows of places. */
export interface AttentionContext {
  /**
   * Angles of the new places, [length, rotary size / 2] or [batch, 1, length, rotary size / 2]; none for
   * models without rotary positions.
   */
  readonly cosines?: Tensor | undefined;
  readonly sines?: Tensor | undefined;
  /** Added to the scores, broadcast to [batch, heads, length, past + length]. */
  readonly mask: Tensor | undefined;
  readonly past?: KeyValues | undefined;
}

export function attentionParameters(options: AttentionOptions): ParameterSpecs {
  const { width, heads, keyValueHeads, outputDeviation, quantized } = options;
  const { queryKeyValueBias: bias, outputBias, queryKeyNorm } = options;
  const size = headSize(options);
  const project = (count: number) =>
    linearParameters({ inputs: width, outputs: count * size, bias, quantized });
  const headNorm = (name: string) => (queryKeyNorm ? under(name, normParameters(size)) : {});
  return {
    ...under("q", project(heads)),
    ...under("k", project(keyValueHeads)),
    ...under("v", project(keyValueHeads)),
    ...headNorm("qnorm"),
    ...headNorm("knorm"),
    ...under(
      "o",
      linearParameters({
        inputs: heads * size,
        outputs: width,
        bias: outputBias,
        quantized,
        weight: (shape) => normal(shape, outputDeviation),
      }),
    ),
  };
}

/** [batch, length, width] to the same; `fresh` holds the new keys and values, without the past. */
export function selfAttention(
  shape: AttentionShape,
  parameters: Parameters,
  x: Tensor,
  { cosines, sines, mask, past }: AttentionContext,
): { output: Tensor; fresh: KeyValues } {
  const { heads, keyValueHeads, normEpsilon } = shape;
  const [batch, length] = x.shape;
  const size = headSize(shape);
  const project = (name: string, count: number): Tensor =>
    reshape(linear(scope(parameters, name), x), [batch!, length!, count, size]);
  const headsFirst = (y: Tensor): Tensor => transpose(y, [0, 2, 1, 3]);
  /** Queries and keys: normed where the model does that, and turned by their positions. */
  const placed = (name: string, count: number): Tensor => {
    const y = project(name, count);
    const normed = shape.queryKeyNorm
      ? norm("rms", scope(parameters, `${name}norm`), y, normEpsilon)
      : y;
    return turned(headsFirst(normed), cosines, sines);
  };
  const q = placed("q", heads);
  const fresh = {
    keys: placed("k", keyValueHeads),
    values: headsFirst(project("v", keyValueHeads)),
  };
  const scale = 1 / Math.sqrt(size);
  const attended = past
    ? attendPast(q, past, fresh, { scale, mask })
    : attention(q, repeatHeads(fresh.keys, heads), repeatHeads(fresh.values, heads), {
        scale,
        mask,
      });
  const joined = reshape(headsFirst(attended), [batch!, length!, heads * size]);
  return { output: linear(scope(parameters, "o"), joined), fresh };
}

/** Turns as many numbers of each head as there are angles for. */
function turned(x: Tensor, cosines: Tensor | undefined, sines: Tensor | undefined): Tensor {
  if (!cosines || !sines) return x;
  const [size, turning] = [x.shape.at(-1) as number, 2 * (cosines.shape.at(-1) as number)];
  if (turning === size) return rotary(x, cosines, sines);
  const [first, rest] = split(x, -1, [turning, size - turning]);
  return concat([rotary(first!, cosines, sines), rest!], -1);
}

/**
 * Attention to a past and to what is new. The query heads of one key/value head stand below each other
 * as its rows, so that no key is copied.
 */
function attendPast(
  q: Tensor,
  past: KeyValues,
  fresh: KeyValues,
  { scale, mask }: { scale: number; mask: Tensor | undefined },
): Tensor {
  const [batch, heads, length, size] = q.shape;
  const count = fresh.keys.shape[1] as number;
  const times = (heads as number) / count;
  const rows = multiplyDims([times, length!]);
  const repeated = mask && times > 1 ? repeatRows(mask, times) : mask;
  const attended = cachedAttention(reshape(q, [batch!, count, rows, size!]), past, fresh, {
    scale,
    mask: repeated,
  });
  return reshape(attended, q.shape);
}

/** A mask [batch, 1, length or 1, keys] for queries that stand `times` below each other. */
function repeatRows(mask: Tensor, times: number): Tensor {
  return mask.shape[2] === 1 ? mask : concat(Array<Tensor>(times).fill(mask), 2);
}

/** Gives every query head its group's key or value head. */
function repeatHeads(x: Tensor, heads: number): Tensor {
  const [batch, count, length, size] = x.shape;
  if (count === heads) return x;
  const times = heads / (count as number);
  const column = reshape(x, [batch!, count!, 1, length!, size!]);
  const repeated = expand(column, [batch!, count!, times, length!, size!]);
  return reshape(repeated, [batch!, heads, length!, size!]);
}
