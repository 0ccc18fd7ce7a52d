/**
 * LLaDA-MoE (7B-A1B): a decoder of the Llama kind, bidirectional, with experts in place of its MLPs.
 *
 * Its `model_type` is `llada`, as that of the dense model; `num_experts` tells them apart. Its router's
 * weights are shares of a softmax over all experts and are not normalised, whatever `norm_topk_prob`
 * says; group keys and scaling factors of its config are not read by its own code either.
 *
 * @module
 */
import { z } from "zod";
import { llada as system } from "../../../system/llada.ts";
import { count, id, size } from "../../fields.ts";
import { endIdsOf, readLayout, sourcesBy } from "../layout.ts";
import type { Family } from "../layout.ts";
import { decoderFields, decoderNames, decoderNetwork } from "./decoder.ts";

const fields = decoderFields.extend({
  mask_token_id: id.nullish(),
  num_experts: count,
  num_experts_per_tok: size,
  expert_intermediate_size: size,
  dense_intermediate_size: size,
  shared_expert_intermediate_size: size.nullish(),
  moe_layer_freq: z.array(z.union([z.literal(0), z.literal(1)])),
  moe_router_enable_expert_bias: z.boolean().nullish(),
  qk_layernorm: z.boolean(),
  attention_bias: z.literal(false).optional(),
  partial_rotary_factor: z.literal(1).nullish(),
  clip_qkv: z.null().optional(),
});

/** The mask of the public model, whose config doesn't name it (its README does). */
const publicMask = 156_895;

const expert = "model.layers.*.mlp.experts.*";
const shared = "model.layers.*.shared_expert";

export const lladaMoe: Family = {
  name: "llada-moe",
  types: ["llada (with num_experts)"],
  recognises: (config) => config["model_type"] === "llada" && "num_experts" in config,
  layout(config, context) {
    const read = readLayout(fields, config, context.where);
    const { name, options, attention } = system();
    return {
      config: {
        system: name,
        options,
        length: read.max_position_embeddings,
        transformer: {
          ...decoderNetwork(read),
          hidden: read.dense_intermediate_size,
          ...(read.qk_layernorm ? { queryKeyNorm: true } : {}),
          mixture: {
            experts: read.num_experts,
            chosen: read.num_experts_per_tok,
            hidden: read.expert_intermediate_size,
            shared: read.shared_expert_intermediate_size ?? undefined,
            layers: read.moe_layer_freq.map((flag) => flag === 1),
            router: "softmax",
            bias: read.moe_router_enable_expert_bias ?? false,
          },
          attention,
        },
        published: {
          family: "llada-moe",
          maskId: read.mask_token_id ?? Math.min(publicMask, read.vocab_size - 1),
          endIds: endIdsOf(config, context),
          beginId: null,
        },
      },
      source: sourcesBy({
        ...decoderNames,
        "blocks.*.mlp.router.weight": "model.layers.*.mlp.gate.weight",
        "blocks.*.mlp.router.bias": "model.layers.*.mlp.expert_bias",
        "blocks.*.mlp.experts.*.gate.weight": `${expert}.gate_proj.weight`,
        "blocks.*.mlp.experts.*.up.weight": `${expert}.up_proj.weight`,
        "blocks.*.mlp.experts.*.down.weight": `${expert}.down_proj.weight`,
        "blocks.*.mlp.shared.gate.weight": `${shared}.gate_proj.weight`,
        "blocks.*.mlp.shared.up.weight": `${shared}.up_proj.weight`,
        "blocks.*.mlp.shared.down.weight": `${shared}.down_proj.weight`,
      }),
    };
  },
};
