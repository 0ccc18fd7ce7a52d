/**
 * Checkpoints of the DiT backbone (MDLM, SEDD, BD3-LM) under our names.
 */
import { transformerConfig } from "../../src/model/sizes.ts";
import type { TransformerConfig } from "../../src/model/transformer.ts";
import type { AttentionPattern } from "../../src/nn/attention-mask.ts";
import { floats } from "unmask/tensor";
import type { Value } from "unmask/tensor";

export type Weights = Record<string, Value>;

/** The published names, as ours; tensors that are no weights are left out. */
export function ditWeights(tensors: Readonly<Weights>): Weights {
  const weights: Weights = {};
  for (const [published, value] of Object.entries(tensors)) {
    const name = published
      .replace(/^backbone\./, "")
      .replace("vocab_embed.embedding", "embed.weight")
      .replace("sigma_map.mlp.0", "time.in")
      .replace("sigma_map.mlp.2", "time.out")
      .replace("adaLN_modulation", "adaln")
      .replace("attn_out", "attn.o")
      .replace("mlp.0", "mlp.up")
      .replace("mlp.2", "mlp.down")
      .replace("output_layer.norm_final", "norm")
      .replace("output_layer.linear", "head")
      .replace("output_layer.", "");
    if (name.endsWith("attn_qkv.weight")) {
      const width = value.shape[1]!;
      ["q", "k", "v"].forEach((head, i) => {
        const rows = value.data.slice(i * width * width, (i + 1) * width * width);
        weights[name.replace("attn_qkv", `attn.${head}`)] = floats([width, width], rows);
      });
    } else if (/^(embed|time|blocks|norm|adaln|head)\./.test(name)) weights[name] = value;
  }
  return weights;
}

/** What the weights say of themselves. */
export function ditConfig(
  weights: Readonly<Weights>,
  heads: number,
  attention: AttentionPattern = { kind: "bidirectional" },
): TransformerConfig {
  const [vocabulary, width] = weights["embed.weight"]!.shape as [number, number];
  const layers = Object.keys(weights).filter((name) => name.endsWith("norm1.weight")).length;
  return {
    ...transformerConfig({ layers, heads, width }, { vocabulary, attention }),
    mlpBias: true,
    headBias: true,
    conditionWidth: weights["time.out.bias"]?.shape[0] ?? 0,
  };
}
