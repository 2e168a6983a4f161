"""A training step of a model of the catalogue: mgtool and PyTorch in turns, in one run.

usage: model_torch.py MGTOOL MODEL BATCH THREADS [REPEATS] [SECONDS] [-- FLAGS OF mgtool bench train]

The network in PyTorch is made of what `mgtool model --json` says, by the modules that the
weights are exchanged with (mgnet/exchange/testdata/mgnet_torch.py), as (N, C, H, W) and with
the channels last. Both programs do a forward pass, a backward pass and a step of SGD on
random images, by cross entropy, or by squared errors where there is an answer for each
pixel. Each measurement is a process of its own; the figure is its median step, and beside
it the time that all its threads were computing for a step, which other programs on the
machine disturb less: with one thread, compare that. Memory is the most that was resident,
at the end and before the first step.

`model_torch.py step CONFIG BATCH THREADS LAYOUT SECONDS` is the half of PyTorch.
"""
import json, os, resource, statistics, subprocess, sys, time

here = os.path.dirname(os.path.abspath(__file__))


def resident():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def step(config, batch, threads, layout, seconds):
    import torch, torch.nn.functional as F
    sys.path.insert(0, os.path.join(here, "..", "mgnet", "exchange", "testdata"))
    from mgnet_torch import network
    torch.manual_seed(1)
    torch.set_num_threads(threads)
    model = network(config).train()
    x = torch.randn(batch, config["in_channels"], config["height"], config["width"])
    if layout == "nhwc":
        x = x.to(memory_format=torch.channels_last)
        for p in model.parameters():  # weights of modes have five axes
            if p.dim() == 4:
                p.data = p.data.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=.9, weight_decay=5e-4)
    rest = resident()
    with torch.no_grad():
        shape = model.eval()(x[:1]).shape
    model.train()
    pixels = len(shape) == 4
    y = torch.randn(batch, *shape[1:]) if pixels else torch.randint(0, config["classes"], (batch,))

    def one():
        optimizer.zero_grad()
        (F.mse_loss if pixels else F.cross_entropy)(model(x), y).backward()
        optimizer.step()

    one()
    times, start, busy = [], time.perf_counter(), time.process_time()
    while len(times) < 3 or time.perf_counter() - start < seconds:
        begin = time.perf_counter()
        one()
        times.append(time.perf_counter() - begin)
    busy = (time.process_time() - busy) / len(times)
    print(json.dumps({"step_s": statistics.median(times), "cpu_s": busy, "peak_mb": resident(), "rest_mb": rest, "parameters": sum(p.numel() for p in model.parameters())}))


def main(args):
    if "--" in args:
        args, flags = args[:args.index("--")], args[args.index("--") + 1:]
    else:
        flags = []
    if len(args) < 4:
        sys.exit(__doc__)
    mgtool, model, batch, threads = args[0], args[1], *map(int, args[2:4])
    repeats, seconds = int((args + ["3"] * 2)[4]), float((args + ["3", "5"])[5] if len(args) > 5 else 5)
    run = lambda *command: json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    config = run(mgtool, "model", model, *flags, "--json")["config"]
    rows = {}

    def bench(seconds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        r = run(mgtool, "bench", "train", "--model", model, *flags, "--batch", str(batch), "--threads", str(threads), "--seconds", str(seconds), "--json")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return r, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def ours():
        few, start = bench(1e-3)  # what the program does beside, and three steps
        long = seconds
        r, busy = bench(long)
        while r["steps"] < few["steps"] + 5:
            long *= 2
            r, busy = bench(long)
        return {"step_s": r["step_s"], "cpu_s": (busy - start) / (r["steps"] - few["steps"]), "peak_mb": r["peak_bytes"] / 2**20, "rest_mb": 0, "memory_mb": r["memory_bytes"] / 2**20, "parameters": r["parameters"]}

    def note(name, r):
        rows.setdefault(name, []).append(r)
        print(f"{name:13} step {1000 * r['step_s']:8.1f} ms, computing {1000 * r['cpu_s']:8.1f} ms   resident {r['peak_mb']:6.0f} MB, {r['rest_mb']:.0f} before", flush=True)

    for k in range(repeats):
        order = ["mgtool", "nchw", "nhwc"]
        for what in order if k % 2 == 0 else reversed(order):
            if what == "mgtool":
                note("mgtool", ours())
            else:
                note(f"PyTorch {what}", run(sys.executable, os.path.abspath(__file__), "step", json.dumps(config), str(batch), str(threads), what, str(seconds)))
    middle = lambda name, key: statistics.median(r[key] for r in rows[name])
    best = min((n for n in rows if n != "mgtool"), key=lambda n: middle(n, "step_s"))
    counts = {r["parameters"] for list in rows.values() for r in list}
    print(f"\n{model} {' '.join(flags)} batch {batch}, {threads} threads, parameters {' and '.join(map(str, counts))}, load {os.getloadavg()[0]:.1f}")
    print(f"median of {repeats}: mgtool {1000 * middle('mgtool', 'step_s'):.1f} ms, {best} {1000 * middle(best, 'step_s'):.1f} ms: {middle(best, 'step_s') / middle('mgtool', 'step_s'):.2f} times as fast")
    ours, theirs = middle("mgtool", "peak_mb"), min(middle(n, "peak_mb") for n in rows if n != "mgtool")
    best = min((n for n in rows if n != "mgtool"), key=lambda n: middle(n, "cpu_s"))
    print(f"computing: mgtool {1000 * middle('mgtool', 'cpu_s'):.1f} ms, {best} {1000 * middle(best, 'cpu_s'):.1f} ms: {middle(best, 'cpu_s') / middle('mgtool', 'cpu_s'):.2f} times")
    print(f"resident at most: mgtool {ours:.0f} MB (values of the graph {middle('mgtool', 'memory_mb'):.0f} MB), PyTorch {theirs:.0f} MB, {theirs - middle(best, 'rest_mb'):.0f} more than before the first step")


if __name__ == "__main__":
    if len(sys.argv) == 7 and sys.argv[1] == "step":
        config, batch, threads, layout, seconds = sys.argv[2:]
        step(json.loads(config), int(batch), int(threads), layout, float(seconds))
    else:
        main(sys.argv[1:])
