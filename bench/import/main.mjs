/**
 * Time and peak memory of importing a model of eight billion weights in fewer bits.
 *
 * `npm run bench -- import [--layers 32] [--quantize int4] [--folder bench/import/.models]`
 *
 * The model has LLaDA-8B's public configuration and random weights in bfloat16, in shards of two layers.
 * It takes 16 GB on disk, and its copy in 4 bits five more; both are removed afterwards.
 */
import { spawn } from "node:child_process";
import { mkdir, open, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

const config = {
  activation_type: "silu",
  architectures: ["LLaDAModelLM"],
  block_type: "llama",
  d_model: 4096,
  embedding_size: 126464,
  eos_token_id: 126081,
  include_bias: false,
  include_qkv_bias: false,
  layer_norm_type: "rms",
  mask_token_id: 126336,
  max_sequence_length: 4096,
  mlp_hidden_size: 12288,
  model_type: "llada",
  n_heads: 32,
  n_kv_heads: 32,
  rms_norm_eps: 1e-5,
  rope: true,
  rope_theta: 500000,
  vocab_size: 126464,
  weight_tying: false,
};

function layerShapes(i) {
  const { d_model: w, mlp_hidden_size: h } = config;
  const at = `model.transformer.blocks.${i}`;
  return {
    [`${at}.attn_norm.weight`]: [w],
    [`${at}.q_proj.weight`]: [w, w],
    [`${at}.k_proj.weight`]: [w, w],
    [`${at}.v_proj.weight`]: [w, w],
    [`${at}.attn_out.weight`]: [w, w],
    [`${at}.ff_norm.weight`]: [w],
    [`${at}.ff_proj.weight`]: [h, w],
    [`${at}.up_proj.weight`]: [h, w],
    [`${at}.ff_out.weight`]: [w, h],
  };
}

/** Normal numbers of deviation 0.02 in bfloat16, a prime number of them. */
function pool() {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const numbers = Float32Array.from(
    { length: 8_388_593 },
    () => 0.02 * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
  return new Uint16Array(new Uint32Array(numbers.buffer).map((word) => word >>> 16));
}

async function writeShard(path, shapes, numbers) {
  const header = {};
  let end = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const bytes = 2 * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype: "BF16", shape, data_offsets: [end, end + bytes] };
    end += bytes;
  }
  const json = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(json.length), 0);
  const file = await open(path, "w");
  await file.write(Buffer.concat([start, json]));
  const bytes = new Uint8Array(numbers.buffer);
  for (let left = end; left > 0; left -= bytes.length)
    await file.write(bytes.subarray(0, Math.min(left, bytes.length)));
  await file.close();
}

async function makeModel(folder, layers) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "config.json"), JSON.stringify({ ...config, n_layers: layers }));
  const { embedding_size: v, d_model: w } = config;
  const parts = [{ "model.transformer.wte.weight": [v, w] }];
  for (let i = 0; i < layers; i += 2)
    parts.push({ ...layerShapes(i), ...(i + 1 < layers ? layerShapes(i + 1) : {}) });
  parts.push({ "model.transformer.ln_f.weight": [w], "model.transformer.ff_out.weight": [v, w] });
  const numbers = pool();
  const weight_map = {};
  for (const [i, shapes] of parts.entries()) {
    const name = `model-${String(i + 1).padStart(5, "0")}.safetensors`;
    await writeShard(join(folder, name), shapes, numbers);
    for (const tensor of Object.keys(shapes)) weight_map[tensor] = name;
  }
  await writeFile(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map }));
}

export async function main(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      layers: { type: "string", default: "32" },
      quantize: { type: "string", default: "int4" },
      folder: { type: "string", default: here(".models") },
    },
  });
  const source = join(values.folder, "source");
  const out = join(values.folder, "out");
  await rm(out, { recursive: true, force: true });
  const began = performance.now();
  await makeModel(source, Number(values.layers));
  console.log(`source written in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  const started = performance.now();
  const peak = await runWorker([source, out, values.quantize]);
  const seconds = (performance.now() - started) / 1000;
  const { size } = await stat(join(out, "model.safetensors"));
  const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(0);
  console.log(
    `${values.layers} layers to ${values.quantize}: ${seconds.toFixed(0)} s, ` +
      `peak ${megabytes(peak)} MB, result ${megabytes(size)} MB on disk`,
  );
  await rm(values.folder, { recursive: true, force: true });
}

/** Runs the quantisation in a process of its own; its peak memory in bytes. */
function runWorker(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [here("worker.mjs"), ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (piece) => (said += piece));
    child.once("exit", (status) =>
      status === 0 ? resolve(Number(said)) : reject(new Error(`the import ended with ${status}`)),
    );
  });
}
