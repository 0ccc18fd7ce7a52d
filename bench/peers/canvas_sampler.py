"""
The peer of bench/checkpoint: LLaDA's low-confidence sampler in PyTorch, as it is published: the logits
of the whole canvas in every step, greedy, the surest tokens kept. One answer for each line of input.
"""
import json
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

torch.set_num_threads(2)
task = json.loads(sys.argv[1])
dtype = getattr(torch, task["dtype"])
config = json.load(open(f"{task['folder']}/config.json"))


def qwen3():
    from transformers import Qwen3Config, Qwen3ForCausalLM

    keys = {k: v for k, v in config.items() if k not in ("architectures", "model_type", "auto_map")}
    with torch.device("meta"):
        model = Qwen3ForCausalLM(Qwen3Config(**keys, attn_implementation="sdpa"))
    weights = {k: v.to(dtype) for k, v in load_file(f"{task['folder']}/model.safetensors").items()}
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    model.load_state_dict(weights, assign=True, strict=False)
    model.model.rotary_emb = type(model.model.rotary_emb)(config=model.config)
    model.eval()

    def logits(tokens):
        size = tokens.shape[1]
        open_mask = torch.zeros(1, 1, size, size, dtype=dtype)
        return model(input_ids=tokens, attention_mask=open_mask, use_cache=False).logits

    return logits, config["mask_token_id"]


def mdlm():
    w = {
        k.removeprefix("backbone."): v.to(dtype)
        for k, v in load_file(f"{task['folder']}/model.safetensors").items()
    }
    width, heads = config["hidden_dim"], config["n_heads"]
    head = width // heads
    frequencies = 1.0 / 10000 ** (torch.arange(0, head, 2).float() / head)

    def norm(x, weight):
        return F.layer_norm(x, (width,), weight, None, 1e-5)

    def modulate(x, shift, scale):
        return x * (1 + scale) + shift

    def turn(x, cosines, sines):
        a, b = x.chunk(2, dim=-1)
        return torch.cat([a * cosines - b * sines, b * cosines + a * sines], dim=-1)

    def logits(tokens):
        size = tokens.shape[1]
        angles = torch.arange(size).float()[:, None] * frequencies
        cosines, sines = angles.cos().to(dtype), angles.sin().to(dtype)
        features = torch.cat([torch.ones(1, 128), torch.zeros(1, 128)], dim=-1).to(dtype)
        hidden = F.silu(F.linear(features, w["sigma_map.mlp.0.weight"], w["sigma_map.mlp.0.bias"]))
        c = F.silu(F.linear(hidden, w["sigma_map.mlp.2.weight"], w["sigma_map.mlp.2.bias"]))
        x = w["vocab_embed.embedding"][tokens]
        for i in range(config["n_blocks"]):
            p = f"blocks.{i}."
            ada = F.linear(c, w[p + "adaLN_modulation.weight"], w[p + "adaLN_modulation.bias"])
            s1, k1, g1, s2, k2, g2 = ada[:, None].chunk(6, dim=2)
            h = modulate(norm(x, w[p + "norm1.weight"]), s1, k1)
            qkv = F.linear(h, w[p + "attn_qkv.weight"]).view(1, size, 3, heads, head)
            q, k, v = (t.transpose(1, 2) for t in qkv.unbind(2))
            a = F.scaled_dot_product_attention(turn(q, cosines, sines), turn(k, cosines, sines), v)
            a = F.linear(a.transpose(1, 2).reshape(1, size, width), w[p + "attn_out.weight"])
            x = x + g1 * a
            h = modulate(norm(x, w[p + "norm2.weight"]), s2, k2)
            h = F.gelu(F.linear(h, w[p + "mlp.0.weight"], w[p + "mlp.0.bias"]), approximate="tanh")
            x = x + g2 * F.linear(h, w[p + "mlp.2.weight"], w[p + "mlp.2.bias"])
        o = "output_layer."
        ada = F.linear(c, w[o + "adaLN_modulation.weight"], w[o + "adaLN_modulation.bias"])
        shift, scale = ada[:, None].chunk(2, dim=2)
        x = modulate(norm(x, w[o + "norm_final.weight"]), shift, scale)
        return F.linear(x, w[o + "linear.weight"], w[o + "linear.bias"])

    return logits, config["vocab_size"] - 1


@torch.inference_mode()
def answer(logits_of, mask):
    prompt = torch.tensor([task["prompt"]])
    x = torch.full((1, prompt.shape[1] + task["length"]), mask, dtype=torch.long)
    x[:, : prompt.shape[1]] = prompt
    count, steps = task["length"], task["steps"]
    for step in range(steps):
        logits = logits_of(x)
        logits[:, :, mask] = float("-inf")
        # The published code casts to float64; float32 is kinder to the peer.
        probabilities = F.softmax(logits.float(), dim=-1)
        confidence, tokens = probabilities.max(dim=-1)
        confidence = torch.where(x == mask, confidence, float("-inf"))
        keep = count // steps + (step < count % steps)
        chosen = confidence[0].topk(keep).indices
        x[0, chosen] = tokens[0, chosen]
    return x[0, prompt.shape[1] :].tolist()


def peak():
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


logits_of, mask = mdlm() if config["model_type"] == "mdlm" else qwen3()
print(json.dumps({"ready": True}), flush=True)
for _ in sys.stdin:
    began = time.perf_counter()
    tokens = answer(logits_of, mask)
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "peak": peak(), "tokens": tokens}), flush=True)
