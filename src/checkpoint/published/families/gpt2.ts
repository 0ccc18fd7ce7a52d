/**
 * GPT-2: LayerNorm with biases, learnt positions, GELU. Its matrices are stored [inputs, outputs], with
 * queries, keys and values side by side. The original file has neither the prefix `transformer.` nor an
 * output matrix, but buffers of its causal mask.
 *
 * @module
 */
import { z } from "zod";
import { autoregressive } from "../../../system/autoregressive.ts";
import { count, epsilon, id, size } from "../../fields.ts";
import { endIdsOf, readLayout, sourcesBy } from "../layout.ts";
import type { Family, Source } from "../layout.ts";

const fields = z.looseObject({
  vocab_size: size,
  n_embd: size,
  n_head: size,
  n_layer: count,
  n_positions: size,
  n_inner: size.nullish(),
  layer_norm_epsilon: epsilon,
  tie_word_embeddings: z.boolean().optional(),
  bos_token_id: id.nullish(),
  activation_function: z.literal("gelu_new"),
  add_cross_attention: z.literal(false).nullish(),
  reorder_and_upcast_attn: z.literal(false).nullish(),
  scale_attn_by_inverse_layer_idx: z.literal(false).nullish(),
  scale_attn_weights: z.literal(true).nullish(),
});

export const gpt2: Family = {
  name: "gpt2",
  types: ["gpt2"],
  recognises: ({ model_type }) => model_type === "gpt2",
  layout(config, context) {
    const read = readLayout(fields, config, context.where);
    const { n_embd: width } = read;
    const { name, options, attention } = autoregressive();
    const matrix = (tensor: string) => (): Source => ({ tensor, turned: true });
    const part = (kind: "weight" | "bias", index: number) => (): Source => ({
      tensor: `h.*.attn.c_attn.${kind}`,
      ...(kind === "weight" ? { turned: true } : {}),
      rows: [index * width, (index + 1) * width],
    });
    return {
      config: {
        system: name,
        options,
        length: read.n_positions,
        transformer: {
          vocabulary: read.vocab_size,
          layers: read.n_layer,
          heads: read.n_head,
          keyValueHeads: read.n_head,
          width,
          hidden: read.n_inner ?? 4 * width,
          norm: "layer",
          normBias: true,
          normEpsilon: read.layer_norm_epsilon,
          mlp: "gelu",
          mlpBias: true,
          queryKeyValueBias: true,
          outputBias: true,
          rotaryBase: 10_000,
          learnedPositions: read.n_positions,
          tied: read.tie_word_embeddings ?? true,
          attention,
          conditionWidth: 0,
        },
        published: {
          family: "gpt2",
          maskId: read.vocab_size,
          endIds: endIdsOf(config, context),
          beginId: read.bos_token_id ?? null,
        },
      },
      source: sourcesBy({
        "embed.weight": "wte.weight",
        "positions.weight": "wpe.weight",
        "blocks.*.norm1.weight": "h.*.ln_1.weight",
        "blocks.*.norm1.bias": "h.*.ln_1.bias",
        "blocks.*.attn.q.weight": part("weight", 0),
        "blocks.*.attn.q.bias": part("bias", 0),
        "blocks.*.attn.k.weight": part("weight", 1),
        "blocks.*.attn.k.bias": part("bias", 1),
        "blocks.*.attn.v.weight": part("weight", 2),
        "blocks.*.attn.v.bias": part("bias", 2),
        "blocks.*.attn.o.weight": matrix("h.*.attn.c_proj.weight"),
        "blocks.*.attn.o.bias": "h.*.attn.c_proj.bias",
        "blocks.*.norm2.weight": "h.*.ln_2.weight",
        "blocks.*.norm2.bias": "h.*.ln_2.bias",
        "blocks.*.mlp.up.weight": matrix("h.*.mlp.c_fc.weight"),
        "blocks.*.mlp.up.bias": "h.*.mlp.c_fc.bias",
        "blocks.*.mlp.down.weight": matrix("h.*.mlp.c_proj.weight"),
        "blocks.*.mlp.down.bias": "h.*.mlp.c_proj.bias",
        "norm.weight": "ln_f.weight",
        "norm.bias": "ln_f.bias",
        "head.weight": "lm_head.weight",
      }),
      prefix: "transformer.",
      ignored:
        (read.tie_word_embeddings ?? true)
          ? /^h\.\d+\.attn\.(?:bias|masked_bias)$|^lm_head\.weight$/
          : /^h\.\d+\.attn\.(?:bias|masked_bias)$/,
    };
  },
};
