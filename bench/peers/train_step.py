"""The peer of bench/train-step: the same step in PyTorch eager.

python train_step.py SHAPE float32|bfloat16, then numbers of steps on standard input.
"""
import json
import math
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

shape = json.loads(sys.argv[1])
autocast = sys.argv[2] == "bfloat16"
B, L, W = shape["batch"], shape["length"], shape["width"]
H, V, layers = shape["heads"], shape["vocabulary"], shape["layers"]
size = W // H
MASK = V - 1

positions = torch.arange(L)[:, None] * 10000.0 ** (-torch.arange(0, size, 2) / size)[None, :]
cosines, sines = positions.cos(), positions.sin()


def rotary(x):
    a, b = x.chunk(2, -1)
    return torch.cat([a * cosines - b * sines, b * cosines + a * sines], -1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(W, bias=False), nn.LayerNorm(W, bias=False)
        self.qkv, self.o = nn.Linear(W, 3 * W, bias=False), nn.Linear(W, W, bias=False)
        self.up, self.down = nn.Linear(W, 4 * W, bias=False), nn.Linear(4 * W, W, bias=False)

    def forward(self, x):
        q, k, v = self.qkv(self.norm1(x)).view(B, L, 3, H, size).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(rotary(q), rotary(k), v)
        x = x + self.o(attended.transpose(1, 2).reshape(B, L, W))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, W)
        self.blocks = nn.ModuleList([Block() for _ in range(layers)])
        self.norm, self.head = nn.LayerNorm(W, bias=False), nn.Linear(W, V, bias=False)

    def forward(self, tokens):
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


network = Network()
decayed = [p for p in network.parameters() if p.dim() >= 2]
plain = [p for p in network.parameters() if p.dim() < 2]
optimizer = torch.optim.AdamW(
    [{"params": decayed, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}],
    lr=1e-3, betas=(0.9, 0.99), fused=True,
)
x0 = ((torch.arange(B * L) * 7 + 3) % (V - 2)).view(B, L)
forbid = torch.zeros(V)
forbid[MASK] = -1e9


def step():
    started = time.perf_counter()
    t = (torch.rand(1) + torch.arange(B) / B) % 1 * (1 - 1e-3) + 1e-3
    mask = torch.rand(B, L) < t[:, None]
    xt = torch.where(mask, MASK, x0)
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        logits = network(xt)
    nats = F.cross_entropy((logits.float() + forbid).view(-1, V), x0.view(-1), reduction="none")
    loss = (nats.view(B, L) * mask / t[:, None]).sum() / (B * L)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    assert math.isfinite(loss.item())
    return (time.perf_counter() - started) * 1000


def peak():
    import re
    import resource

    try:
        return int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


for _ in range(3):
    step()
print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    times = [step() for _ in range(int(line))]
    print(json.dumps({"times": times, "peak": peak()}), flush=True)
