/**
 * LLaDA (8B Base, Instruct, 1.5): OLMo's names on a network of the Llama kind, bidirectional.
 *
 * The gate of its MLP is `ff_proj`, the other half `up_proj`; `ff_out` is the MLP's way down in a block,
 * and the output matrix outside.
 *
 * @module
 */
import { z } from "zod";
import { llada as system } from "../../../system/llada.ts";
import { count, epsilon, id, size, stretch } from "../../fields.ts";
import { endIdsOf, readLayout, sourcesBy } from "../layout.ts";
import type { Family } from "../layout.ts";

const fields = z.looseObject({
  d_model: size,
  n_heads: size,
  n_kv_heads: size.nullish(),
  n_layers: count,
  mlp_hidden_size: size,
  vocab_size: size,
  embedding_size: size.nullish(),
  max_sequence_length: size,
  rms_norm_eps: epsilon,
  rope_theta: stretch,
  mask_token_id: id,
  weight_tying: z.boolean(),
  include_qkv_bias: z.boolean().nullish(),
  // What the network can't do: all public models have these values.
  activation_type: z.literal("silu"),
  alibi: z.literal(false).nullish(),
  attention_layer_norm: z.literal(false).nullish(),
  block_type: z.literal("llama"),
  include_bias: z.literal(false).nullish(),
  input_emb_norm: z.literal(false).nullish(),
  layer_norm_type: z.literal("rms"),
  rope: z.literal(true),
  scale_logits: z.literal(false).nullish(),
});

const block = "model.transformer.blocks.*";

export const llada: Family = {
  name: "llada",
  types: ["llada"],
  recognises: (config) => config["model_type"] === "llada" && !("num_experts" in config),
  layout(config, context) {
    const read = readLayout(fields, config, context.where);
    const { name, options, attention } = system();
    return {
      config: {
        system: name,
        options,
        length: read.max_sequence_length,
        transformer: {
          vocabulary: read.embedding_size ?? read.vocab_size,
          layers: read.n_layers,
          heads: read.n_heads,
          keyValueHeads: read.n_kv_heads ?? read.n_heads,
          width: read.d_model,
          hidden: read.mlp_hidden_size,
          norm: "rms",
          normEpsilon: read.rms_norm_eps,
          mlp: "swiglu",
          mlpBias: false,
          ...(read.include_qkv_bias ? { queryKeyValueBias: true } : {}),
          rotaryBase: read.rope_theta,
          tied: read.weight_tying,
          attention,
          conditionWidth: 0,
        },
        published: {
          family: "llada",
          maskId: read.mask_token_id,
          endIds: endIdsOf(config, context),
          beginId: null,
        },
      },
      source: sourcesBy({
        "embed.weight": "model.transformer.wte.weight",
        "blocks.*.norm1.weight": `${block}.attn_norm.weight`,
        "blocks.*.attn.q.weight": `${block}.q_proj.weight`,
        "blocks.*.attn.q.bias": `${block}.q_proj.bias`,
        "blocks.*.attn.k.weight": `${block}.k_proj.weight`,
        "blocks.*.attn.k.bias": `${block}.k_proj.bias`,
        "blocks.*.attn.v.weight": `${block}.v_proj.weight`,
        "blocks.*.attn.v.bias": `${block}.v_proj.bias`,
        "blocks.*.attn.o.weight": `${block}.attn_out.weight`,
        "blocks.*.norm2.weight": `${block}.ff_norm.weight`,
        "blocks.*.mlp.gate.weight": `${block}.ff_proj.weight`,
        "blocks.*.mlp.up.weight": `${block}.up_proj.weight`,
        "blocks.*.mlp.down.weight": `${block}.ff_out.weight`,
        "norm.weight": "model.transformer.ln_f.weight",
        "head.weight": "model.transformer.ff_out.weight",
      }),
    };
  },
};
