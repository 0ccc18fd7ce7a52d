/**
 * LLaDA2 (2.0 and 2.1, mini and flash): block diffusion on a decoder with experts. Queries, keys and
 * values lie in one matrix, in this order; only the first part of each head is turned by its position;
 * the router's sigmoids are chosen by groups.
 *
 * @module
 */
import { z } from "zod";
import { systemFromSpec } from "../../../system/index.ts";
import { count, id, size } from "../../fields.ts";
import { endIdsOf, readLayout, sourcesBy } from "../layout.ts";
import type { Family } from "../layout.ts";
import { decoderFields, decoderNames, decoderNetwork } from "./decoder.ts";

const fields = decoderFields.extend({
  head_dim: size,
  intermediate_size: size,
  num_key_value_heads: size,
  mask_token_id: id.nullish(),
  num_experts: count,
  num_experts_per_tok: size,
  num_shared_experts: z.union([z.literal(0), z.literal(1)]).nullish(),
  moe_intermediate_size: size,
  first_k_dense_replace: z.int().min(0),
  n_group: size,
  topk_group: size,
  routed_scaling_factor: z.number().positive(),
  partial_rotary_factor: z.number().positive().max(1),
  moe_router_enable_expert_bias: z.boolean().nullish(),
  use_qk_norm: z.boolean(),
  score_function: z.literal("sigmoid"),
  norm_topk_prob: z.literal(true).nullish(),
  norm_head: z.literal(false).nullish(),
  use_bias: z.literal(false).nullish(),
  use_qkv_bias: z.literal(false).nullish(),
});

/** The mask and the blocks of the public models, whose configs don't name them. */
const publicMask = 156_895;
const publicBlock = 32;

const layer = "model.layers.*";

export const llada2: Family = {
  name: "llada2",
  types: ["llada2_moe"],
  recognises: ({ model_type }) => model_type === "llada2_moe",
  layout(config, context) {
    const read = readLayout(fields, config, context.where);
    const { name, options, attention } = systemFromSpec(
      context.system ?? `bd3lm:block=${read.block_size ?? publicBlock},clip=none`,
    );
    const queries = read.num_attention_heads * read.head_dim;
    const keys = read.num_key_value_heads * read.head_dim;
    const fused = (from: number, to: number) => () => ({
      tensor: `${layer}.attention.query_key_value.weight`,
      rows: [from, to] as const,
    });
    const layers = Array.from(
      { length: read.num_hidden_layers },
      (_, i) => i >= read.first_k_dense_replace,
    );
    return {
      config: {
        system: name,
        options,
        length: read.max_position_embeddings,
        transformer: {
          ...decoderNetwork(read),
          ...(read.use_qk_norm ? { queryKeyNorm: true } : {}),
          rotarySize: Math.floor(read.head_dim * read.partial_rotary_factor),
          mixture: {
            experts: read.num_experts,
            chosen: read.num_experts_per_tok,
            hidden: read.moe_intermediate_size,
            ...(read.num_shared_experts ? { shared: read.moe_intermediate_size } : {}),
            layers,
            router: "sigmoid",
            bias: read.moe_router_enable_expert_bias ?? false,
            groups: { count: read.n_group, kept: read.topk_group },
            scale: read.routed_scaling_factor,
          },
          attention,
        },
        published: {
          family: "llada2",
          maskId: read.mask_token_id ?? Math.min(publicMask, read.vocab_size - 1),
          endIds: endIdsOf(config, context),
          beginId: null,
          rule: "threshold:tau=0.95+confidence",
        },
      },
      source: sourcesBy({
        ...decoderNames,
        "embed.weight": "model.word_embeddings.weight",
        "blocks.*.attn.q.weight": fused(0, queries),
        "blocks.*.attn.k.weight": fused(queries, queries + keys),
        "blocks.*.attn.v.weight": fused(queries + keys, queries + 2 * keys),
        "blocks.*.attn.qnorm.weight": `${layer}.attention.query_layernorm.weight`,
        "blocks.*.attn.knorm.weight": `${layer}.attention.key_layernorm.weight`,
        "blocks.*.attn.o.weight": `${layer}.attention.dense.weight`,
        "blocks.*.mlp.router.weight": `${layer}.mlp.gate.weight`,
        "blocks.*.mlp.router.bias": `${layer}.mlp.gate.expert_bias`,
        "blocks.*.mlp.experts.*.gate.weight": `${layer}.mlp.experts.*.gate_proj.weight`,
        "blocks.*.mlp.experts.*.up.weight": `${layer}.mlp.experts.*.up_proj.weight`,
        "blocks.*.mlp.experts.*.down.weight": `${layer}.mlp.experts.*.down_proj.weight`,
        "blocks.*.mlp.shared.gate.weight": `${layer}.mlp.shared_experts.gate_proj.weight`,
        "blocks.*.mlp.shared.up.weight": `${layer}.mlp.shared_experts.up_proj.weight`,
        "blocks.*.mlp.shared.down.weight": `${layer}.mlp.shared_experts.down_proj.weight`,
      }),
    };
  },
};
