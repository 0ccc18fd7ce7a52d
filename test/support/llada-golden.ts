/**
 * The golden checkpoint of LLaDA under our names.
 */
import { transformerConfig } from "../../src/model/sizes.ts";
import type { TransformerConfig } from "../../src/model/transformer.ts";
import { goldenJson, goldenTensors } from "./golden.ts";
import type { Weights } from "./dit-golden.ts";

interface PublishedConfig {
  readonly d_model: number;
  readonly n_layers: number;
  readonly n_heads: number;
  readonly n_kv_heads: number;
  readonly mlp_hidden_size: number;
  readonly vocab_size: number;
  readonly mask_token_id: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
}

export interface LladaGolden {
  readonly config: TransformerConfig;
  readonly weights: Weights;
  readonly maskId: number;
}

/** The published names, as ours. */
const renamed = (published: string): string =>
  published
    .replace(/^model\.transformer\./, "")
    .replace(/^wte/, "embed")
    .replace(/^ln_f/, "norm")
    .replace(/^ff_out/, "head")
    .replace("attn_norm", "norm1")
    .replace("ff_norm", "norm2")
    .replace(/([qkv])_proj/, "attn.$1")
    .replace("attn_out", "attn.o")
    .replace("ff_proj", "mlp.gate")
    .replace("up_proj", "mlp.up")
    .replace("ff_out", "mlp.down");

export async function lladaGolden(): Promise<LladaGolden> {
  const tensors = await goldenTensors("llada/checkpoint/model.safetensors");
  const published = await goldenJson<PublishedConfig>("llada/checkpoint/config.json");
  const { n_layers: layers, n_heads: heads, d_model: width, vocab_size: vocabulary } = published;
  return {
    weights: Object.fromEntries(
      Object.entries(tensors).map(([name, value]) => [renamed(name), value]),
    ),
    config: {
      ...transformerConfig(
        { layers, heads, width },
        { vocabulary, attention: { kind: "bidirectional" } },
      ),
      keyValueHeads: published.n_kv_heads,
      hidden: published.mlp_hidden_size,
      norm: "rms",
      normEpsilon: published.rms_norm_eps,
      mlp: "swiglu",
      rotaryBase: published.rope_theta,
    },
    maskId: published.mask_token_id,
  };
}
