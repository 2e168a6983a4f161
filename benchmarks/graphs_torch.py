"""Steps of training a network on a graph in PyTorch, to compare with mgtool train nodes.

usage: python3 graphs_torch.py cora.txt.gz gcn|graph-mgnet THREADS

Prints steps a second: forward, backward and Adam, the median of five times 40 steps. Features and adjacency are
sparse (torch.sparse.mm), and features are dropped by their entries, as mgtool does. Levels
of graph-mgnet are made by matching heavy edges twice; their sizes are printed too.
"""
import gzip
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


def read(path):
    lines = [l.split() for l in gzip.open(path, "rt") if l[0] not in "#%"]
    nodes, features, classes, edges, train = map(int, lines[0])
    rows, columns, values, labels = [], [], [], []
    for i, line in enumerate(lines[1:nodes + 1]):
        labels.append(int(line[0]))
        for f in line[1:]:
            rows.append(i)
            columns.append(int(f))
            values.append(1 / (len(line) - 1))
    pairs = [tuple(map(int, l)) for l in lines[nodes + 1:nodes + 1 + edges]]
    return nodes, features, classes, train, (rows, columns, values), torch.tensor(labels[:train]), pairs


def sparse(rows, columns, values, shape):
    return torch.sparse_coo_tensor([rows, columns], torch.tensor(values, dtype=torch.float32), shape).coalesce()


def adjacency(w):
    """Normalised, of weights {(i, j): w} with both directions and the diagonal."""
    degree = {}
    for (i, _), v in w.items():
        degree[i] = degree.get(i, 0) + v
    n = len(degree)
    rows, columns = zip(*w)
    values = [v / (degree[i] * degree[j]) ** .5 for (i, j), v in w.items()]
    return sparse(rows, columns, values, (n, n)), degree


def match(w, degree):
    """Two passes of pairs along heavy edges, w_ij (1/d_i + 1/d_j)."""
    group = {i: i for i in degree}
    for _ in range(2):
        neighbours = {}
        for (i, j), v in w.items():
            if i != j:
                neighbours.setdefault(i, []).append((v * (1 / degree[i] + 1 / degree[j]), j))
        pair, count = {}, 0
        for i in sorted(degree):
            if i in pair:
                continue
            pair[i] = count
            free = [(v, j) for v, j in neighbours.get(i, []) if j not in pair]
            if free:
                pair[max(free)[1]] = count
            count += 1
        group = {i: pair[g] for i, g in group.items()}
        coarse = {}
        for (i, j), v in w.items():
            key = pair[i], pair[j]
            coarse[key] = coarse.get(key, 0) + v
        w = coarse
        degree = {}
        for (i, _), v in w.items():
            degree[i] = degree.get(i, 0) + v
    return group, w, degree


class GCN(nn.Module):
    def __init__(self, x, a, classes):
        super().__init__()
        self.a, self.x = a, x
        self.w1, self.b1 = nn.Parameter(torch.empty(x.shape[1], 16)), nn.Parameter(torch.zeros(16))
        self.w2, self.b2 = nn.Parameter(torch.empty(16, classes)), nn.Parameter(torch.zeros(classes))
        nn.init.xavier_uniform_(self.w1)
        nn.init.xavier_uniform_(self.w2)

    def decayed(self):
        return [self.w1, self.b1]

    def forward(self):
        h = torch.sparse.mm(self.a, torch.sparse.mm(dropped(self.x, .5), self.w1)) + self.b1
        return torch.sparse.mm(self.a, F.dropout(F.relu(h), .5) @ self.w2) + self.b2


def dropped(x, rate):
    return torch.sparse_coo_tensor(x.indices(), F.dropout(x.values(), rate), x.shape)


class MgNet(nn.Module):
    """The residual form, with the sizes of mgtool's graph-mgnet."""

    def __init__(self, x, levels, classes, channels=64, steps=2, alpha=.1):
        super().__init__()
        self.x, self.levels, self.steps, self.alpha = x, levels, steps, alpha
        self.w1, self.b1 = nn.Parameter(torch.empty(x.shape[1], channels)), nn.Parameter(torch.zeros(channels))
        self.w2, self.b2 = nn.Parameter(torch.empty(channels, classes)), nn.Parameter(torch.zeros(classes))
        nn.init.xavier_uniform_(self.w1)
        nn.init.xavier_uniform_(self.w2)
        self.theta = nn.ParameterList(nn.Parameter(torch.tensor([1, 1 - alpha])) for _ in levels)

    def decayed(self):
        return [self.w1, self.b1]

    def cycle(self, l, r):
        adjacency, a, p, pt = self.levels[l]
        theta = self.theta[l]
        u = 0
        last = l == len(self.levels) - 1

        def smooth(u, r, end):
            for k in range(self.steps):
                d = theta[0] * r + theta[1] * torch.sparse.mm(adjacency, r)
                u = u + d
                if k < self.steps - 1 or not end:
                    r = r - torch.sparse.mm(a, d)
            return u, r

        u, r = smooth(u, r, last)
        if last:
            return u
        d = torch.sparse.mm(p, self.cycle(l + 1, torch.sparse.mm(pt, r)))
        return smooth(u + d, r - torch.sparse.mm(a, d), True)[0]

    def forward(self):
        g = F.relu(torch.sparse.mm(dropped(self.x, .8), self.w1) + self.b1)
        return self.cycle(0, self.alpha * F.dropout(g, .8)) @ self.w2 + self.b2


def main():
    path, kind, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    nodes, features, classes, train, (rows, columns, values), labels, pairs = read(path)
    x = sparse(rows, columns, values, (nodes, features))
    w = {(i, i): 1 for i in range(nodes)}
    for i, j in pairs:
        w[i, j] = w[j, i] = 1
    a, degree = adjacency(w)
    if kind == "gcn":
        model = GCN(x, a, classes)
    else:
        levels, alpha = [], .1
        for l in range(3):
            n = a.shape[0]
            identity = sparse(range(n), range(n), [1.] * n, (n, n))
            level = [a, (identity - (1 - alpha) * a).coalesce(), None, None]
            if l < 2:
                group, w, coarse = match(w, degree)
                p = sparse(list(group), list(group.values()), [(degree[i] / coarse[c]) ** .5 for i, c in group.items()], (n, len(coarse)))
                level[2:] = p, p.t().coalesce()
                degree = coarse
                a, _ = adjacency(w)
            levels.append(level)
        print("levels of", [l[0].shape[0] for l in levels], "nodes")
        model = MgNet(x, levels, classes)
    decayed = {id(p) for p in model.decayed()}
    adam = torch.optim.Adam([
        {"params": model.decayed(), "weight_decay": 5e-4},
        {"params": [p for p in model.parameters() if id(p) not in decayed], "weight_decay": 0},
    ], lr=.01)

    def step():
        adam.zero_grad()
        F.cross_entropy(model()[:train], labels).backward()
        adam.step()

    for _ in range(10):
        step()
    rates = []
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(40):
            step()
        rates.append(40 / (time.perf_counter() - begin))
    print(f"{kind}: {sum(p.numel() for p in model.parameters())} parameters, {statistics.median(rates):.1f} steps/s")


if __name__ == "__main__":
    main()
