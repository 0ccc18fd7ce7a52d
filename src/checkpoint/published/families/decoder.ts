/**
 * Decoders of the Llama kind and what became of them: Llama, Qwen2 and Qwen3 as they are, their
 * bidirectional descendants (A2D, Dream, Open-dCoder), and SDAR's blocks. One set of names, one
 * network: RMSNorm, SwiGLU, rotary positions, grouped key/value heads.
 *
 * - Qwen2 and Dream have biases on queries, keys and values; Qwen3 and SDAR norms on queries and keys.
 * - Dream's and Open-dCoder's outputs are about the next place.
 * - An Open-dCoder is a Qwen2 whose generation config names a mask.
 * - A2D's configs don't say whether they are masked diffusion or block diffusion: see `system`.
 *
 * @module
 */
import { z } from "zod";
import { UnmaskError } from "../../../errors.ts";
import type { TransformerConfig } from "../../../model/transformer.ts";
import type { RotaryScaling } from "../../../nn/rotary.ts";
import { systemFromSpec } from "../../../system/index.ts";
import type { Published } from "../../model-config.ts";
import { count, epsilon, id, size, stretch } from "../../fields.ts";
import { endIdsOf, readGeneration, readLayout, sourcesBy } from "../layout.ts";
import type { Family, Layout, LayoutContext } from "../layout.ts";

const scalingFields = z.union([
  z.looseObject({ rope_type: z.literal("default"), rope_theta: stretch.optional() }),
  z.looseObject({
    rope_type: z.literal("linear"),
    factor: stretch,
    rope_theta: stretch.optional(),
  }),
  z.looseObject({
    rope_type: z.literal("llama3"),
    factor: stretch,
    low_freq_factor: stretch,
    high_freq_factor: stretch,
    original_max_position_embeddings: size,
    rope_theta: stretch.optional(),
  }),
]);

/** `type` is the older name of `rope_type`. */
const scaling = z.preprocess(
  (value) =>
    typeof value === "object" && value !== null && "type" in value && !("rope_type" in value)
      ? { ...value, rope_type: value.type }
      : value,
  scalingFields,
);

export const decoderFields = z.looseObject({
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: count,
  num_attention_heads: size,
  num_key_value_heads: size.optional(),
  head_dim: size.nullish(),
  intermediate_size: size.optional(),
  hidden_act: z.literal("silu"),
  max_position_embeddings: size,
  rms_norm_eps: epsilon,
  rope_theta: stretch.nullish(),
  rope_scaling: scaling.nullish(),
  rope_parameters: scaling.nullish(),
  tie_word_embeddings: z.boolean().optional(),
  attention_bias: z.boolean().optional(),
  mlp_bias: z.literal(false).nullish(),
  use_sliding_window: z.literal(false).nullish(),
  bos_token_id: id.nullish(),
  mask_token_id: id.nullish(),
  block_size: size.nullish(),
});
export type DecoderFields = z.infer<typeof decoderFields>;

/** The network that the fields describe, but for what a family adds. */
export function decoderNetwork(fields: DecoderFields): TransformerConfig {
  const { num_attention_heads: heads, hidden_size: width } = fields;
  const rope = fields.rope_parameters ?? fields.rope_scaling;
  return {
    vocabulary: fields.vocab_size,
    layers: fields.num_hidden_layers,
    heads,
    keyValueHeads: fields.num_key_value_heads ?? heads,
    headSize: fields.head_dim ?? undefined,
    width,
    hidden: fields.intermediate_size ?? 4 * width,
    norm: "rms",
    normEpsilon: fields.rms_norm_eps,
    mlp: "swiglu",
    mlpBias: false,
    rotaryBase: fields.rope_theta ?? fields.rope_parameters?.rope_theta ?? 10_000,
    ...(rope && rope.rope_type !== "default" ? { rotaryScaling: scalingOf(rope) } : {}),
    tied: fields.tie_word_embeddings ?? false,
    attention: { kind: "bidirectional" },
    conditionWidth: 0,
  };
}

function scalingOf(
  rope: Exclude<z.infer<typeof scalingFields>, { rope_type: "default" }>,
): RotaryScaling {
  if (rope.rope_type === "linear") return { kind: "linear", factor: rope.factor };
  return {
    kind: "llama3",
    factor: rope.factor,
    lowFactor: rope.low_freq_factor,
    highFactor: rope.high_freq_factor,
    length: rope.original_max_position_embeddings,
  };
}

export const decoderNames = {
  "embed.weight": "model.embed_tokens.weight",
  "blocks.*.norm1.weight": "model.layers.*.input_layernorm.weight",
  "blocks.*.attn.q.weight": "model.layers.*.self_attn.q_proj.weight",
  "blocks.*.attn.q.bias": "model.layers.*.self_attn.q_proj.bias",
  "blocks.*.attn.k.weight": "model.layers.*.self_attn.k_proj.weight",
  "blocks.*.attn.k.bias": "model.layers.*.self_attn.k_proj.bias",
  "blocks.*.attn.v.weight": "model.layers.*.self_attn.v_proj.weight",
  "blocks.*.attn.v.bias": "model.layers.*.self_attn.v_proj.bias",
  "blocks.*.attn.qnorm.weight": "model.layers.*.self_attn.q_norm.weight",
  "blocks.*.attn.knorm.weight": "model.layers.*.self_attn.k_norm.weight",
  "blocks.*.attn.o.weight": "model.layers.*.self_attn.o_proj.weight",
  "blocks.*.norm2.weight": "model.layers.*.post_attention_layernorm.weight",
  "blocks.*.mlp.gate.weight": "model.layers.*.mlp.gate_proj.weight",
  "blocks.*.mlp.up.weight": "model.layers.*.mlp.up_proj.weight",
  "blocks.*.mlp.down.weight": "model.layers.*.mlp.down_proj.weight",
  "norm.weight": "model.norm.weight",
  "head.weight": "lm_head.weight",
} as const;

/** What one kind of decoder adds to the common fields. */
interface Decoder {
  readonly network: Partial<TransformerConfig>;
  /** The system, as `--system` writes it, and how a published model is sampled. */
  readonly system: string;
  readonly rule?: string | undefined;
  readonly align?: Published["align"];
  /** Whether every text begins with the begin token. */
  readonly begins?: boolean;
}

const llama = { network: {}, begins: true };
const qwen2 = { network: { queryKeyValueBias: true } };
const qwen3 = { network: { queryKeyNorm: true } };
const causal = { system: "autoregressive" };
const a2d = { system: "mdlm", rule: "confidence", align: "prompt" } as const;

/** Each kind by its `model_type`. */
const decoders: Readonly<Record<string, Decoder>> = {
  llama: { ...llama, ...causal },
  qwen2: { ...qwen2, ...causal },
  qwen3: { ...qwen3, ...causal },
  "a2d-llama": { ...llama, ...a2d },
  "a2d-qwen2": { ...qwen2, ...a2d },
  "a2d-qwen3": { ...qwen3, ...a2d },
  Dream: { ...qwen2, system: "dream" },
  sdar: { ...qwen3, system: "bd3lm", rule: "threshold:tau=0.85+confidence" },
};

const openDCoder: Decoder = { ...qwen2, system: "dream" };

const generationFields = z.looseObject({ mask_token_id: id.nullish() });

export const decoder: Family = {
  name: "decoder",
  types: Object.keys(decoders),
  recognises: ({ model_type }) =>
    typeof model_type === "string" && Object.hasOwn(decoders, model_type),
  layout(config, context): Layout {
    const fields = readLayout(decoderFields, config, context.where);
    const maskId = fields.mask_token_id ?? readGeneration(generationFields, context).mask_token_id;
    const type = config["model_type"] as string;
    const kind = type === "qwen2" && typeof maskId === "number" ? openDCoder : decoders[type]!;
    const system = systemOf(kind, fields, context);
    const { attention, predictsNext } = system;
    if (typeof maskId !== "number" && system.name !== "autoregressive")
      throw new UnmaskError(
        "corrupt",
        `${context.where}: mask_token_id: a diffusion model needs one, got none here and none in generation_config.json`,
      );
    const bias =
      fields.attention_bias === true ? { queryKeyValueBias: true, outputBias: true } : {};
    return {
      config: {
        system: system.name,
        options: system.options,
        length: fields.max_position_embeddings,
        transformer: {
          ...decoderNetwork(fields),
          ...bias,
          ...kind.network,
          attention,
          ...(predictsNext ? { predictsNext } : {}),
        },
        published: {
          family: type,
          // An autoregressive model has no mask: the id behind its last token stands for an open place.
          maskId: maskId ?? fields.vocab_size,
          endIds: endIdsOf(config, context),
          beginId: fields.bos_token_id ?? null,
          ...(kind.begins ? { begins: true } : {}),
          ...(kind.rule === undefined ? {} : { rule: kind.rule }),
          ...(kind.align === undefined || attention.kind !== "block" ? {} : { align: kind.align }),
        },
      },
      source: sourcesBy({
        ...decoderNames,
        "blocks.*.attn.o.bias": "model.layers.*.self_attn.o_proj.bias",
      }),
      // Angles are computed here; a tied output layer is sometimes written out all the same.
      ignored: fields.tie_word_embeddings
        ? /rotary_emb\.inv_freq$|^lm_head\.weight$/
        : /rotary_emb\.inv_freq$/,
    };
  },
};

/** The system: the one that was asked for, or blocks where the config names their size. */
function systemOf(kind: Decoder, fields: DecoderFields, { system }: LayoutContext) {
  if (system !== undefined) return systemFromSpec(system);
  const blocks = typeof fields.block_size === "number" && kind.system !== "autoregressive";
  return systemFromSpec(blocks ? `bd3lm:block=${fields.block_size},clip=none` : kind.system);
}
