"""The 1-D networks of pulse diagnosis in PyTorch: the peer of `mgtool bench train --model mgnet1d|resnet1d`.

usage: sequences_torch.py mgnet1d|resnet1d BATCH LENGTH THREADS [standard|residual] [SECONDS]

Prints samples/s of the median training step. MgNet in the standard form carries u and g as the
paper does; the residual form, which mgtool runs, carries u and r = g - A u.
"""
import statistics, sys, time
import torch, torch.nn as nn, torch.nn.functional as F

name, (batch, length, threads) = sys.argv[1], (int(a) for a in sys.argv[2:5])
form, seconds = (sys.argv[5:] + ["standard", "4"][len(sys.argv) - 5:])[:2]
if name not in ("mgnet1d", "resnet1d") or form not in ("standard", "residual"):
    sys.exit(__doc__)
torch.manual_seed(1)
torch.set_num_threads(threads)


def conv(i, o, k, s=1):
    return nn.Conv1d(i, o, k, s, k // 2, bias=False)


class MgNet(nn.Module):
    """Kernels of 5, three levels of 8 channels, one step each: 3,450 parameters."""

    def __init__(self, c=8, k=5, levels=3):
        super().__init__()
        each = lambda make, n=levels: nn.ModuleList([make() for _ in range(n)])
        norm = lambda: nn.BatchNorm1d(c)
        self.stem, self.bn0 = conv(1, c, 7), norm()
        self.A, self.B = each(lambda: conv(c, c, k)), each(lambda: conv(c, c, k))
        self.Pi, self.R = each(lambda: conv(c, c, k, 2), levels - 1), each(lambda: conv(c, c, k, 2), levels - 1)
        self.bn1, self.bn2, self.bnP, self.bnR = each(norm), each(norm), each(norm, levels - 1), each(norm, levels - 1)
        self.fc = nn.Linear(c, 2)

    def forward(self, g):
        f = F.relu(self.bn0(self.stem(g)))
        u = None
        for l in range(len(self.A)):
            if l > 0:
                if form == "standard":
                    f = f - self.A[l-1](u)
                f, u = F.relu(self.bnR[l-1](self.R[l-1](f))), F.relu(self.bnP[l-1](self.Pi[l-1](u)))
                if form == "standard":
                    f = f + self.A[l](u)
            r = f - self.A[l](u) if form == "standard" and l > 0 else f
            d = F.relu(self.bn2[l](self.B[l](F.relu(self.bn1[l](r)))))
            u = d if l == 0 else u + d
            if form == "residual" and l < len(self.A) - 1:
                f = r - self.A[l](d)
        return self.fc(u.mean(2))


class Block(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1, self.bn1, self.conv2, self.bn2 = conv(i, o, 3, stride), nn.BatchNorm1d(o), conv(o, o, 3), nn.BatchNorm1d(o)
        self.skip = nn.Sequential(conv(i, o, 1, stride), nn.BatchNorm1d(o)) if stride > 1 else nn.Identity()

    def forward(self, x):
        return F.relu(self.skip(x) + self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class ResNet(nn.Module):
    """A stem of 7, three levels of three blocks with 64 channels: 232,642 parameters."""

    def __init__(self, c=64, levels=3, blocks=3):
        super().__init__()
        self.stem, self.bn0 = conv(1, c, 7), nn.BatchNorm1d(c)
        self.blocks = nn.Sequential(*[Block(c, c, 2 if l and not b else 1) for l in range(levels) for b in range(blocks)])
        self.fc = nn.Linear(c, 2)

    def forward(self, x):
        return self.fc(self.blocks(F.relu(self.bn0(self.stem(x)))).mean(2))


m = MgNet() if name == "mgnet1d" else ResNet()
x, y = torch.randn(batch, 1, length), torch.randint(0, 2, (batch,))
opt = torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)


def step():
    opt.zero_grad()
    F.cross_entropy(m(x), y).backward()
    opt.step()


step()
step()
times, start = [], time.perf_counter()
while len(times) < 3 or time.perf_counter() - start < float(seconds):
    begin = time.perf_counter()
    step()
    times.append(time.perf_counter() - begin)
dt = statistics.median(times)
low = sorted(times)[len(times) // 4]
print(f"{name} {form} batch {batch} length {length} threads {threads}: {batch / dt:.1f} samples/s, step {dt * 1e3:.2f} ms, lower quartile {low * 1e3:.2f} ms, {sum(p.numel() for p in m.parameters())} parameters")
