"""A training step of MgNO or FNO in PyTorch: the peer of `mgtool bench train --model mgno|fno`.

usage: operators_torch.py mgno|fno SIDE BATCH THREADS [nchw|nhwc] [SECONDS]

The modules are those that exchange weights with mgtool. Loss, optimiser and data are those of
mgtool bench: the mean squared error against random fields, SGD with momentum.
"""
import pathlib, statistics, sys, time
import torch, torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "mgnet/exchange/testdata"))
from operators_torch import FNO, MgNO  # noqa: E402

name = sys.argv[1]
side, batch, threads = (int(a) for a in sys.argv[2:5])
layout, seconds = (sys.argv[5:] + ["nchw", "8"][len(sys.argv) - 5:])[:2]
torch.manual_seed(1)
torch.set_num_threads(threads)
config = {"height": side, "width": side, "in_channels": 1, "classes": 1, "layers": 4}
if name == "fno":
    model = FNO(config | {"channels": 32, "modes": [12, 12], "pad": 9, "hidden": 128})
else:
    pre, n = [1], side
    while len(pre) < 6 and (n + 1) // 2 >= 4:
        pre, n = pre + [1], (n + 1) // 2
    model = MgNO(config | {"channels": 24, "pre": pre[:-1] + [2], "prolongation": "crop"})
x, y = torch.randn(batch, 1, side, side), torch.randn(batch, 1, side, side)
if layout == "nhwc":
    model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
opt = torch.optim.SGD(model.parameters(), lr=.01, momentum=.9, weight_decay=5e-4)


def step():
    opt.zero_grad()
    F.mse_loss(model(x), y).backward()
    opt.step()


step()
times, start = [], time.perf_counter()
while len(times) < 3 or time.perf_counter() - start < float(seconds):
    begin = time.perf_counter()
    step()
    times.append(time.perf_counter() - begin)
dt = statistics.median(times)
print(f"{name} {layout} side {side} batch {batch} threads {threads}: {batch / dt:.2f} samples/s, step {dt * 1e3:.0f} ms, {sum(p.numel() for p in model.parameters())} parameters")
