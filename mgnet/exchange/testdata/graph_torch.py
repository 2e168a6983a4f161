"""Networks on a graph in PyTorch, with the names of mgtool's weights, for the test of their exchange.

usage: python3 graph_torch.py FOLDER...

A folder holds ours.safetensors, an exported network; x.npy, the features of the nodes, each row
divided by its sum; a.npy, 0 or 1 for each pair of nodes; and p0.npy, p1.npy, ..., 1 where a node
is in an aggregate, from level to level. It gets ours.f32, the scores with these weights,
theirs.safetensors, random ones, and theirs.f32, their scores.
"""
import json
import sys

import numpy as np
import torch
from torch import nn

from mgnet_torch import read, write


class GCNConv(nn.Module):
    """Names as in torch_geometric."""

    def __init__(self, ins, outs):
        super().__init__()
        self.lin = nn.Linear(ins, outs, bias=False)
        self.bias = nn.Parameter(torch.zeros(outs))

    def forward(self, x, adjacency):
        return torch.sparse.mm(adjacency, self.lin(x)) + self.bias


class GCN(nn.Module):
    def __init__(self, c, graph):
        super().__init__()
        sizes = [c["features"], *c["channels"], c["classes"]]
        for k, (ins, outs) in enumerate(zip(sizes, sizes[1:]), 1):
            setattr(self, f"conv{k}", GCNConv(ins, outs))
        self.layers, self.graph = len(sizes) - 1, graph

    def forward(self, x):
        a = normalised(self.graph[0]).to_sparse()
        for k in range(1, self.layers + 1):
            x = getattr(self, f"conv{k}")(x, a)
            if k < self.layers:
                x = x.relu()
        return x


class Weight(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(shape))


class MgNet(nn.Module):
    """The form that carries u and g, level by level."""

    def __init__(self, c, graph):
        super().__init__()
        self.c, self.graph, channels = c, graph, c["channels"][0]
        self.stem, self.fc = nn.Linear(c["features"], channels), nn.Linear(channels, c["classes"])
        for l in range(len(c["smoothings"])):
            layer = nn.Module()
            layer.B = Weight(c["degree"] + 1)
            if c.get("mix"):
                layer.B.mix = nn.Linear(channels, channels, bias=False)
            setattr(self, f"layer{l}", layer)

    def cycle(self, l, w, parts, u, g):
        adjacency, b = normalised(w), getattr(self, f"layer{l}").B

        def a(v):
            return v - (1 - self.c["shift"]) * adjacency @ v

        def smooth(u):
            for _ in range(self.c["smoothings"][l]):
                power = g - a(u)
                d = b.weight[0] * power
                for theta in b.weight[1:]:
                    power = adjacency @ power
                    d = d + theta * power
                u = u + (b.mix(d) if self.c.get("mix") else d)
            return u

        u = smooth(u)
        if not parts:
            return u
        part = parts[0]
        coarse = part.T @ w @ part
        degree = w.sum(1)
        p = degree.sqrt()[:, None] * part / (part.T @ degree).sqrt()
        return smooth(u + p @ self.cycle(l + 1, coarse, parts[1:], 0 * (p.T @ u), p.T @ (g - a(u))))

    def forward(self, x):
        g = self.c["shift"] * self.stem(x).relu()
        return self.fc(self.cycle(0, self.graph[0], self.graph[1:], 0 * g, g))


def normalised(w):
    over = w.sum(1).rsqrt()
    return over[:, None] * w * over


def compare(folder):
    tensors, about = read(f"{folder}/ours.safetensors")
    c = json.loads(about["mgtool.run"])["model"]

    def load(name):
        return torch.from_numpy(np.load(f"{folder}/{name}.npy").astype(np.float32))

    x, graph = load("x"), [load("a") + torch.eye(c["width"])]
    for l in range(len(c.get("smoothings", [0])) - 1):
        graph.append(load(f"p{l}"))
    network = {"gcn": GCN, "graph-mgnet": MgNet}[c["model"]]
    ours, theirs = network(c, graph), network(c, graph)
    ours.load_state_dict(tensors, strict=True)
    for p in theirs.parameters():
        nn.init.normal_(p, std=.3)
    write(f"{folder}/theirs.safetensors", theirs.state_dict())
    for name, model in ("ours", ours), ("theirs", theirs):
        model(x).numpy().tofile(f"{folder}/{name}.f32")


if __name__ == "__main__":
    torch.manual_seed(1)
    with torch.no_grad():
        for folder in sys.argv[1:]:
            compare(folder)
