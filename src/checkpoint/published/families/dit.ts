/**
 * The DiT of MDLM and BD3-LM in Hugging Face's clothes (`kuleshov-group/mdlm-owt`,
 * `bd3lm-owt-block_size*`, `ar-noeos-owt`), and what its two other writers share with it.
 *
 * Not told the time, the network still runs its time condition, on the features of no noise.
 *
 * @module
 */
import { z } from "zod";
import { UnmaskError } from "../../../errors.ts";
import type { TransformerConfig } from "../../../model/transformer.ts";
import { systemFromSpec } from "../../../system/index.ts";
import { count, size } from "../../fields.ts";
import { readLayout, sourcesBy } from "../layout.ts";
import type { Family, Layout, Source } from "../layout.ts";

const fields = z.looseObject({
  hidden_dim: size,
  n_blocks: count,
  n_heads: size,
  cond_dim: size,
  model_length: size,
  vocab_size: size,
  time_conditioning: z.boolean().nullish(),
  block_size: size.nullish(),
  adaln: z.boolean().nullish(),
  causal: z.boolean().nullish(),
});

/** The network, by its sizes. */
export function ditNetwork(
  sizes: Record<"vocabulary" | "layers" | "heads" | "width" | "conditionWidth", number>,
): Omit<TransformerConfig, "attention"> {
  return {
    ...sizes,
    keyValueHeads: sizes.heads,
    hidden: 4 * sizes.width,
    norm: "layer",
    normEpsilon: 1e-5,
    mlp: "gelu",
    mlpBias: true,
    rotaryBase: 10_000,
    tied: false,
    headBias: true,
  };
}

/** Where its tensors lie. */
export function ditSources(width: number): Layout["source"] {
  const fused = (index: number) => (): Source => ({
    tensor: "blocks.*.attn_qkv.weight",
    rows: [index * width, (index + 1) * width],
  });
  return sourcesBy({
    "embed.weight": "vocab_embed.embedding",
    "time.in.weight": "sigma_map.mlp.0.weight",
    "time.in.bias": "sigma_map.mlp.0.bias",
    "time.out.weight": "sigma_map.mlp.2.weight",
    "time.out.bias": "sigma_map.mlp.2.bias",
    "blocks.*.norm1.weight": "blocks.*.norm1.weight",
    "blocks.*.attn.q.weight": fused(0),
    "blocks.*.attn.k.weight": fused(1),
    "blocks.*.attn.v.weight": fused(2),
    "blocks.*.attn.o.weight": "blocks.*.attn_out.weight",
    "blocks.*.norm2.weight": "blocks.*.norm2.weight",
    "blocks.*.mlp.up.weight": "blocks.*.mlp.0.weight",
    "blocks.*.mlp.up.bias": "blocks.*.mlp.0.bias",
    "blocks.*.mlp.down.weight": "blocks.*.mlp.2.weight",
    "blocks.*.mlp.down.bias": "blocks.*.mlp.2.bias",
    "blocks.*.adaln.weight": "blocks.*.adaLN_modulation.weight",
    "blocks.*.adaln.bias": "blocks.*.adaLN_modulation.bias",
    "norm.weight": "output_layer.norm_final.weight",
    "adaln.weight": "output_layer.adaLN_modulation.weight",
    "adaln.bias": "output_layer.adaLN_modulation.bias",
    "head.weight": "output_layer.linear.weight",
    "head.bias": "output_layer.linear.bias",
  });
}

/** Buffers: angles, and the mask rates of BD3-LM's last training. */
export const ditBuffers = /^rotary_emb\.inv_freq$|^sampling_eps_(?:min|max)$/;

export const dit: Family = {
  name: "mdlm",
  types: ["mdlm", "bd3lm"],
  recognises: ({ model_type }) => model_type === "mdlm" || model_type === "bd3lm",
  layout(config, { where, system: wanted }) {
    const read = readLayout(fields, config, where);
    const timed = read.time_conditioning ?? false;
    const blocks = config["model_type"] === "bd3lm";
    if (blocks && timed)
      throw new UnmaskError(
        "corrupt",
        `${where}: time_conditioning: block diffusion is not told the time here, got true; this layout is not supported`,
      );
    const spec = !blocks
      ? `mdlm:timed=${timed}`
      : read.causal
        ? "autoregressive"
        : `bd3lm:block=${read.block_size ?? read.model_length},clip=none`;
    const { name, options, attention } = systemFromSpec(wanted ?? spec);
    const conditionWidth = read.adaln === false ? 0 : read.cond_dim;
    return {
      config: {
        system: name,
        options,
        length: read.model_length,
        transformer: {
          ...ditNetwork({
            vocabulary: read.vocab_size,
            layers: read.n_blocks,
            heads: read.n_heads,
            width: read.hidden_dim,
            conditionWidth,
          }),
          attention,
        },
        published: {
          family: config["model_type"] as string,
          maskId: read.vocab_size - 1,
          // GPT-2's end of text in the public models, which have no tokenizer of their own.
          endIds: [],
          beginId: read.causal ? read.vocab_size - 2 : null,
        },
      },
      source: ditSources(read.hidden_dim),
      prefix: "backbone.",
      ignored: ditBuffers,
    };
  },
};
