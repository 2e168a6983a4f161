"""MgNet [2,2,2,2] on 32x32 images in PyTorch: the peer of `mgtool bench train` and `bench infer`.

usage: mgnet_torch.py CHANNELS BATCH THREADS [train|eval] [standard|residual] [nchw|nhwc] [SECONDS]

Prints images/s and GFLOP/s of the median step; FLOPs are counted on the standard form
whichever form runs, three times forward for training. The standard form carries u and g as
the paper does; the residual form carries u and r = g - A u, is equal to it and needs fewer
multiply-adds. It is the form that mgtool runs.
"""
import statistics, sys, time
import torch, torch.nn as nn, torch.nn.functional as F

c, batch, threads = (int(a) for a in sys.argv[1:4])
mode, form, layout, seconds = (sys.argv[4:] + ["train", "standard", "nchw", "8"][len(sys.argv) - 4:])[:4]
for value, known in ((mode, ("train", "eval")), (form, ("standard", "residual")), (layout, ("nchw", "nhwc"))):
    if value not in known:
        sys.exit(f"{value}; want {' or '.join(known)}")
torch.manual_seed(1)
torch.set_num_threads(threads)
conv = lambda i, o, s=1: nn.Conv2d(i, o, 3, s, 1, bias=False)
bns = lambda n: nn.ModuleList([nn.BatchNorm2d(c) for _ in range(n)])


class MgNet(nn.Module):
    def __init__(self, c, nu=(2, 2, 2, 2), classes=10):
        super().__init__()
        J = len(nu); self.nu = nu
        self.stem, self.bn0 = conv(3, c), nn.BatchNorm2d(c)
        self.A = nn.ModuleList([conv(c, c) for _ in nu]); self.B = nn.ModuleList([conv(c, c) for _ in nu])
        self.Pi = nn.ModuleList([conv(c, c, 2) for _ in nu[1:]]); self.R = nn.ModuleList([conv(c, c, 2) for _ in nu[1:]])
        self.bn1 = nn.ModuleList([bns(n) for n in nu]); self.bn2 = nn.ModuleList([bns(n) for n in nu])
        self.bnP, self.bnR = bns(J - 1), bns(J - 1)
        self.fc = nn.Linear(c, classes)

    def correction(self, l, i, r):
        return F.relu(self.bn2[l][i](self.B[l](F.relu(self.bn1[l][i](r)))))

    def standard(self, g):
        f = F.relu(self.bn0(self.stem(g))); u = torch.zeros_like(f)
        for l, n in enumerate(self.nu):
            if l > 0:
                u0 = F.relu(self.bnP[l-1](self.Pi[l-1](u)))
                f = F.relu(self.bnR[l-1](self.R[l-1](f - self.A[l-1](u)))) + self.A[l](u0)
                u = u0
            for i in range(n):
                u = u + self.correction(l, i, f - self.A[l](u))
        return u

    def residual(self, g):
        r = F.relu(self.bn0(self.stem(g))); u = torch.zeros_like(r)
        for l, n in enumerate(self.nu):
            if l > 0:
                r, u = F.relu(self.bnR[l-1](self.R[l-1](r))), F.relu(self.bnP[l-1](self.Pi[l-1](u)))
            for i in range(n):
                d = self.correction(l, i, r); u = u + d
                if l < len(self.nu) - 1 or i < n - 1:
                    r = r - self.A[l](d)
        return u

    def forward(self, g):
        u = (self.residual if form == "residual" else self.standard)(g)
        return self.fc(F.adaptive_avg_pool2d(u, 1).flatten(1))


m = MgNet(c)
x, y = torch.randn(batch, 3, 32, 32), torch.randint(0, 10, (batch,))
if layout == "nhwc":
    m, x = m.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
opt = torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
if mode == "eval":
    m.eval()
    def step():
        with torch.no_grad(): m(x)
else:
    def step():
        opt.zero_grad(); F.cross_entropy(m(x), y).backward(); opt.step()
step()
times, start = [], time.perf_counter()
while len(times) < 3 or time.perf_counter() - start < float(seconds):
    begin = time.perf_counter(); step(); times.append(time.perf_counter() - begin)
dt = statistics.median(times)
hw = [1024, 256, 64, 16]; macs = 27 * c * hw[0]
for l in range(4):
    macs += 4 * 9 * c * c * hw[l]
    if l < 3: macs += 9 * c * c * (hw[l] + 3 * hw[l+1])
flop = 2 * macs * batch * (1 if mode == "eval" else 3)
print(f"{mode} {form} {layout} channels {c} batch {batch} threads {threads}: {batch/dt:.1f} images/s, step {dt*1e3:.0f} ms, {flop/dt/1e9:.0f} GFLOP/s standard form, {sum(p.numel() for p in m.parameters())} parameters")
