"""A training step of a forecasting network, in mgtool and in PyTorch in turns.

usage: forecast_torch.py MGTOOL MODEL BATCH THREADS [REPEATS [SECONDS]]

MGTOOL is the program, MODEL one of mgtool train forecast, at 336 and 96 values of seven
variables. The PyTorch modules are those that weights are exchanged with. A step is forward,
backward and SGD with momentum, on the mean squared error. Prints the windows a second of each
repeat, and the medians with their ratio.
"""
import json, pathlib, statistics, subprocess, sys, time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "mgnet/exchange/testdata"))
import torch
import mgnet_torch

mgtool, model = sys.argv[1:3]
batch, threads = (int(a) for a in sys.argv[3:5])
repeats, seconds = int((sys.argv[5:] + [5])[0]), float((sys.argv[6:] + [3])[0])
torch.manual_seed(1)
torch.set_num_threads(threads)
config = json.loads(subprocess.check_output([mgtool, "model", model, "--json"]))["config"]
net = mgnet_torch.network(config)
x, y = torch.randn(batch, config["in_channels"], config["height"], 1), torch.randn(batch, config["classes"], config["height"], 1)
optimizer = torch.optim.SGD(net.parameters(), lr=1e-3, momentum=.9)


def step():
    optimizer.zero_grad()
    torch.nn.functional.mse_loss(net(x), y).backward()
    optimizer.step()


def theirs():
    times, begin = [], time.perf_counter()
    while time.perf_counter() - begin < seconds:
        at = time.perf_counter()
        step()
        times.append(time.perf_counter() - at)
    return batch / statistics.median(times)


def ours():
    command = [mgtool, "bench", "train", "--model", model, "--batch", str(batch), "--threads", str(threads), "--seconds", str(seconds), "--json"]
    return json.loads(subprocess.check_output(command, stderr=subprocess.DEVNULL))["images_per_s"]


step()
speeds = {"PyTorch": [], "mgtool": []}
for k in range(repeats):
    for name, run in [("PyTorch", theirs), ("mgtool", ours)][::1 if k % 2 else -1]:
        speeds[name].append(run())
        print(f"{model} batch {batch}, repeat {k + 1}: {name} {speeds[name][-1]:.0f} windows/s", file=sys.stderr)
a, b = statistics.median(speeds["PyTorch"]), statistics.median(speeds["mgtool"])
ratios = sorted(o / t for o, t in zip(speeds["mgtool"], speeds["PyTorch"]))
print(f"| {model} | {batch} | {a:.0f} | {b:.0f} | {b / a:.2f} | {ratios[0]:.2f}–{ratios[-1]:.2f} |")
