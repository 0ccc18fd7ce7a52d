/**
 * The checkpoints of the benchmark: public configurations, random weights. What they say is noise; what
 * they cost is not.
 */
import { open, mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Qwen3-0.6B's public config, as dllm's A2D models have it; and that of kuleshov-group/mdlm-owt. */
export const configs = {
  "qwen3-0.6b": {
    architectures: ["A2DQwen3LMHeadModel"],
    attention_bias: false,
    bos_token_id: 151643,
    eos_token_id: 151645,
    head_dim: 128,
    hidden_act: "silu",
    hidden_size: 1024,
    intermediate_size: 3072,
    mask_token_id: 151669,
    max_position_embeddings: 40960,
    model_type: "a2d-qwen3",
    num_attention_heads: 16,
    num_hidden_layers: 28,
    num_key_value_heads: 8,
    pad_token_id: 151643,
    rms_norm_eps: 1e-6,
    rope_scaling: null,
    rope_theta: 1000000,
    tie_word_embeddings: true,
    vocab_size: 151936,
  },
  "mdlm-owt": {
    architectures: ["MDLM"],
    cond_dim: 128,
    dropout: 0.1,
    hidden_dim: 768,
    model_length: 1024,
    model_type: "mdlm",
    n_blocks: 12,
    n_heads: 12,
    time_conditioning: false,
    vocab_size: 50258,
  },
};

const perLayer = {
  "qwen3-0.6b": (c, i) => {
    const [q, kv] = [c.num_attention_heads * c.head_dim, c.num_key_value_heads * c.head_dim];
    const [w, h] = [c.hidden_size, c.intermediate_size];
    const at = `model.layers.${i}`;
    return {
      [`${at}.input_layernorm.weight`]: [w],
      [`${at}.self_attn.q_proj.weight`]: [q, w],
      [`${at}.self_attn.k_proj.weight`]: [kv, w],
      [`${at}.self_attn.v_proj.weight`]: [kv, w],
      [`${at}.self_attn.o_proj.weight`]: [w, q],
      [`${at}.self_attn.q_norm.weight`]: [c.head_dim],
      [`${at}.self_attn.k_norm.weight`]: [c.head_dim],
      [`${at}.post_attention_layernorm.weight`]: [w],
      [`${at}.mlp.gate_proj.weight`]: [h, w],
      [`${at}.mlp.up_proj.weight`]: [h, w],
      [`${at}.mlp.down_proj.weight`]: [w, h],
    };
  },
  "mdlm-owt": (c, i) => {
    const [w, k] = [c.hidden_dim, c.cond_dim];
    const at = `backbone.blocks.${i}`;
    return {
      [`${at}.norm1.weight`]: [w],
      [`${at}.attn_qkv.weight`]: [3 * w, w],
      [`${at}.attn_out.weight`]: [w, w],
      [`${at}.norm2.weight`]: [w],
      [`${at}.mlp.0.weight`]: [4 * w, w],
      [`${at}.mlp.0.bias`]: [4 * w],
      [`${at}.mlp.2.weight`]: [w, 4 * w],
      [`${at}.mlp.2.bias`]: [w],
      [`${at}.adaLN_modulation.weight`]: [6 * w, k],
      [`${at}.adaLN_modulation.bias`]: [6 * w],
    };
  },
};

const around = {
  "qwen3-0.6b": (c) => [
    { "model.embed_tokens.weight": [c.vocab_size, c.hidden_size] },
    { "model.norm.weight": [c.hidden_size] },
  ],
  "mdlm-owt": (c) => [
    {
      "backbone.vocab_embed.embedding": [c.vocab_size, c.hidden_dim],
      "backbone.sigma_map.mlp.0.weight": [c.cond_dim, 256],
      "backbone.sigma_map.mlp.0.bias": [c.cond_dim],
      "backbone.sigma_map.mlp.2.weight": [c.cond_dim, c.cond_dim],
      "backbone.sigma_map.mlp.2.bias": [c.cond_dim],
    },
    {
      "backbone.output_layer.norm_final.weight": [c.hidden_dim],
      "backbone.output_layer.linear.weight": [c.vocab_size, c.hidden_dim],
      "backbone.output_layer.linear.bias": [c.vocab_size],
      "backbone.output_layer.adaLN_modulation.weight": [2 * c.hidden_dim, c.cond_dim],
      "backbone.output_layer.adaLN_modulation.bias": [2 * c.hidden_dim],
    },
  ],
};

function shapesOf(name) {
  const config = configs[name];
  const layers = config.num_hidden_layers ?? config.n_blocks;
  const [before, after] = around[name](config);
  const blocks = Array.from({ length: layers }, (_, i) => perLayer[name](config, i));
  return Object.assign({}, before, ...blocks, after);
}

/** Bytes of a number, and how floats become them. */
const dtypes = {
  float32: { name: "F32", bytes: 4, of: (numbers) => numbers },
  bfloat16: {
    name: "BF16",
    bytes: 2,
    of: (numbers) => new Uint16Array(new Uint32Array(numbers.buffer).map((word) => word >>> 16)),
  },
};

/** The folder with the checkpoint, made if it isn't there. All numbers have a bfloat16's digits. */
export async function checkpointFolder(parent, name, dtype = "float32") {
  const folder = join(parent, dtype === "float32" ? name : `${name}-${dtype}`);
  const file = join(folder, "model.safetensors");
  if (await stat(file).catch(() => undefined)) return folder;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "config.json"), JSON.stringify(configs[name], undefined, 2));
  const { name: stored, bytes, of } = dtypes[dtype];
  const header = { __metadata__: { format: "pt" } };
  let end = 0;
  for (const [key, shape] of Object.entries(shapesOf(name))) {
    const size = bytes * shape.reduce((a, b) => a * b, 1);
    header[key] = { dtype: stored, shape, data_offsets: [end, end + size] };
    end += size;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Math.ceil((8 + json.length) / 64) * 64 - 8;
  const start = Buffer.alloc(8 + padded, 0x20);
  start.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(start, 8);
  const out = await open(`${file}.tmp`, "w");
  await out.write(start);
  const pool = of(normals(4_194_301));
  const one = of(Float32Array.of(1))[0];
  let first = 0;
  for (const [key, { shape }] of Object.entries(header).slice(1)) {
    const count = shape.reduce((a, b) => a * b, 1);
    const isNorm = shape.length === 1 && key.includes("norm");
    await writeTensor(out, pool, { fill: isNorm ? one : undefined, count, first });
    first += count;
  }
  await out.close();
  await rename(`${file}.tmp`, file);
  return folder;
}

/** Normal numbers of deviation 0.02, rounded down to bfloat16, enough that no two matrices begin alike. */
function normals(count) {
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const numbers = Float32Array.from(
    { length: count },
    () => 0.02 * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
  const words = new Uint32Array(numbers.buffer);
  words.forEach((word, i) => (words[i] = word & 0xffff0000));
  return numbers;
}

async function writeTensor(out, pool, { fill, count, first }) {
  let at = first % pool.length;
  for (let left = count; left > 0; at = 0) {
    const some = Math.min(left, pool.length - at);
    const part = pool.slice(at, at + some);
    if (fill !== undefined) part.fill(fill);
    await out.write(new Uint8Array(part.buffer));
    left -= some;
  }
}
