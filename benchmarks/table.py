"""The table of benchmarks/train.sh from its measurements: medians and ratios, as Markdown.

usage: table.py FILE   (tab-separated: row, program, form, layout, repeat, images/s)
"""
import collections, statistics, sys

NAMES = {
    "train64": "train, 64 channels, batch 128",
    "train256": "train, 256 channels, batch 32",
    "eval64": "eval, 64 channels, batch 128",
    "mgnet1d": "train, MgNet of sequences, 3,450 parameters, 256 places, batch 64",
    "resnet1d": "train, ResNet of sequences, 232,642 parameters, 256 places, batch 64",
}

runs = collections.defaultdict(dict)  # (row, program, form, layout) -> repeat -> images/s
with open(sys.argv[1]) as f:
    for line in f:
        *key, repeat, speed = line.rstrip("\n").split("\t")
        runs[tuple(key)][int(repeat)] = float(speed)


def median(key):
    return statistics.median(runs[key].values())


print("| images/s, median of the repeats | PyTorch, better layout | mgtool | ratio | ratios of the repeats |")
print("|---|---|---|---|---|")
for row in dict.fromkeys(key[0] for key in runs):
    ours = next((key for key in runs if key[:2] == (row, "mgtool")), None)
    for form in ("standard", "residual"):
        layouts = [key for key in runs if key[:3] == (row, "PyTorch", form)]
        if not layouts or ours is None:
            continue
        peer = max(layouts, key=median)
        ratios = [runs[ours][r] / runs[peer][r] for r in sorted(runs[ours]) if r in runs[peer]]
        print(f"| {NAMES.get(row, row)}; peer {form} | {median(peer):.1f} ({peer[3]}) | {median(ours):.1f}"
              f" | {median(ours) / median(peer):.2f} | {min(ratios):.2f}–{max(ratios):.2f} |")
