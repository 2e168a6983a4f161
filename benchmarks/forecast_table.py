"""The tables of benchmarks/forecast.sh from its results, as Markdown: mean squared and mean
absolute error, the mean over the seeds and the largest distance of one from it.

usage: forecast_table.py FILE
"""
import collections, csv, sys

rows = collections.defaultdict(lambda: collections.defaultdict(list))  # (data, horizon) -> model -> errors
counts = {}
with open(sys.argv[1]) as f:
    for r in csv.DictReader(f, delimiter="\t"):
        model = r["model"] + ("" if r["model"] == "repeat-last" else ", " + r["loss"])
        rows[r["data"], int(r["horizon"])][model].append((float(r["mse"]), float(r["mae"])))
        counts[model] = max(counts.get(model, 0), len(rows[r["data"], int(r["horizon"])][model]))
models = list(counts)


def text(list):
    """Both errors of some seeds."""
    if not list:
        return "–"
    parts = []
    for values in zip(*list):
        mean = sum(values) / len(values)
        apart = max(abs(v - mean) for v in values)
        parts.append(f"{mean:.3f}" + (f" ± {apart:.3f}" if len(values) > 1 else ""))
    return " / ".join(parts) + f" ({len(list)})"


print("| data | horizon | " + " | ".join(models) + " |")
print("|---|---|" + "---|" * len(models))
for (data, horizon), of in sorted(rows.items(), key=lambda i: (["ETTh1", "ETTh2", "exchange_rate"].index(i[0][0]), i[0][1])):
    print(f"| {data} | {horizon} | " + " | ".join(text(of[m]) for m in models) + " |")
