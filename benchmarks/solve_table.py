"""The tables of benchmarks/solve.sh from its measurements: medians and ratios, as Markdown.

usage: solve_table.py FILE   (tab-separated: row, case, repeat, value, or - where it failed)
"""
import collections, math, statistics, sys

# Row, our case, the case of the peer, what they do, the target ratio and the ideal one.
COMPARISONS = (
    ("2d", "mgtool", "pfmg", "2-D, n = 4096, to 1e-8; hypre PFMG-PCG", 20, 28),
    ("2d", "mgtool", "dst", "the same; SciPy's DST, direct", 1.2, 1.6),
    ("3d", "mgtool", "pfmg", "3-D, n = 256, to 1e-8; hypre PFMG-PCG", 15, 25),
    ("3d", "mgtool", "dst", "the same; SciPy's DST, direct", 1.5, 2.2),
    ("fmg", "mgtool", "dst", "2-D, n = 4096, full multigrid; SciPy's DST", 3, 5),
    ("mixed", "mixed", "f64", "2-D, n = 4096, V-cycles in mixed precision; in f64", 1.25, 1.5),
    ("mixed", "mixed", "fmg", "the same; full multigrid in f64", None, None),
    ("scaling", "all", "one", "2-D, n = 4096, all threads; one thread", None, None),
    ("petsc", "mgtool", "petsc", "2-D, n = 1024, one thread; PETSc CG and multigrid", None, None),
)
MISSING = "not measured"

if len(sys.argv) != 2:
    print(__doc__.strip(), file=sys.stderr)
    sys.exit(2)
runs = collections.defaultdict(dict)  # (row, case) -> repeat -> value
with open(sys.argv[1]) as f:
    for line in f:
        row, case, repeat, value = line.rstrip("\n").split("\t")
        measured = runs[row, case]
        if value != "-":
            measured[int(repeat)] = float(value)
rows = {row for row, _ in runs}


def median(row, case):
    values = runs[row, case].values()
    return statistics.median(values) if values else math.nan


def show(value, form=".1f"):
    return MISSING if math.isnan(value) else format(value, form)


def table(*head):
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))


def comparisons():
    table("million unknowns/s, median of the repeats", "peer", "mgtool", "ratio", "ratios of the repeats", "target", "ideal")
    for row, ours, peer, label, target, ideal in COMPARISONS:
        if row not in rows:
            continue
        a, b = runs[row, ours], runs[row, peer]
        ratios = [a[r] / b[r] for r in sorted(a) if r in b]
        spread = f"{min(ratios):.2f}–{max(ratios):.2f}" if ratios else ""
        ratio = median(row, ours) / median(row, peer)
        targets = " | ".join("" if t is None else f"{t:g}" for t in (target, ideal))
        print(f"| {label} | {show(median(row, peer))} | {show(median(row, ours))} | {show(ratio, '.2f')} | {spread} | {targets} |")


def sizes():
    table("cells a side", "million unknowns/s", "ns per unknown", "time per unknown, against n = 4096")
    for n in sorted((case for row, case in runs if row == "sizes"), key=int):
        speed = median("sizes", n)
        print(f"| {n} | {show(speed)} | {show(1e3 / speed)} | {show(median('sizes', '4096') / speed, '.2f')} |")


def bandwidth():
    table("GB/s", "one thread", "all threads")
    for what in ("copy", "triad"):
        print(f"| {what} | {show(median('stream', f'one-{what}'))} | {show(median('stream', f'all-{what}'))} |")


def full_multigrid_error():
    # On the sine problem the discrete solution is the exact one times 2π²/λ, with λ = 8n² sin²(π/2n)
    # the eigenvalue of the 5-point Laplacian; and sin πx sin πy is 1/2 in the L2 norm.
    n, error = 4096, median("fmg", "error")
    discretisation = (2 * math.pi**2 / (8 * n**2 * math.sin(math.pi / 2 / n) ** 2) - 1) / 2
    print(f"\nFull multigrid: L2 error {show(error, '.3e')}, {show(error / discretisation, '.2f')} times that of the discrete solution.")


if rows & {row for row, *_ in COMPARISONS}:
    comparisons()
if "fmg" in rows:
    full_multigrid_error()
if "sizes" in rows:
    sizes()
if "memory" in rows:
    print(f"\nPeak memory of the whole process, n = 8192: {show(median('memory', 'bytes'))} bytes per unknown.")
if "stream" in rows:
    bandwidth()
