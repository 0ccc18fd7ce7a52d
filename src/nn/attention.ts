/**
 * Multi-head self-attention with rotary positions and, optionally, fewer key/value heads than query
 * heads (grouped-query attention, Ainslie et al. 2023).
 *
 * @module
 */
import { attention, concat, expand, reshape, rotary, transpose } from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { linear, linearParameters } from "./linear.ts";
import { normal, scope, under } from "./parameter.ts";
import type { Parameters, ParameterSpecs } from "./parameter.ts";

export interface AttentionOptions {
  readonly width: number;
  readonly heads: number;
  /** Divides `heads`; equal to it for ordinary multi-head attention. */
  readonly keyValueHeads: number;
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
  /** Angles of the new places, [length, size / 2]. */
  readonly cosines: Tensor;
  readonly sines: Tensor;
  /** Added to the scores, broadcast to [batch, heads, length, past + length]. */
  readonly mask: Tensor | undefined;
  readonly past?: KeyValues | undefined;
}

export function attentionParameters(options: AttentionOptions): ParameterSpecs {
  const { width, heads, keyValueHeads, outputDeviation } = options;
  const narrow = (width / heads) * keyValueHeads;
  const project = (outputs: number) => linearParameters({ inputs: width, outputs });
  return {
    ...under("q", project(width)),
    ...under("k", project(narrow)),
    ...under("v", project(narrow)),
    ...under(
      "o",
      linearParameters({
        inputs: width,
        outputs: width,
        weight: (shape) => normal(shape, outputDeviation),
      }),
    ),
  };
}

/** [batch, length, width] to the same; `present` holds past and new keys and values. */
export function selfAttention(
  { heads, keyValueHeads }: Pick<AttentionOptions, "heads" | "keyValueHeads">,
  parameters: Parameters,
  x: Tensor,
  { cosines, sines, mask, past }: AttentionContext,
): { output: Tensor; present: KeyValues } {
  const [batch, length, width] = x.shape;
  const size = (width as number) / heads;
  const project = (name: string, count: number): Tensor => {
    const flat = linear(scope(parameters, name), x);
    return transpose(reshape(flat, [batch!, length!, count, size]), [0, 2, 1, 3]);
  };
  const q = rotary(project("q", heads), cosines, sines);
  const newKeys = rotary(project("k", keyValueHeads), cosines, sines);
  const newValues = project("v", keyValueHeads);
  const keys = past ? concat([past.keys, newKeys], 2) : newKeys;
  const values = past ? concat([past.values, newValues], 2) : newValues;

  const attended = attention(q, repeatHeads(keys, heads), repeatHeads(values, heads), {
    scale: 1 / Math.sqrt(size),
    mask,
  });
  const joined = reshape(transpose(attended, [0, 2, 1, 3]), [batch!, length!, width!]);
  return { output: linear(scope(parameters, "o"), joined), present: { keys, values } };
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
