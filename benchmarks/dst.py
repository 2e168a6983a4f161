"""-Laplace u = 1 with zero boundary, directly, by SciPy's type-1 fast sine transforms: a peer of `mgtool solve`.

usage: dst.py [--check] DIM N [WORKERS [REPEATS]]   (N cells a side, so N-1 unknowns)

The sine modes are the eigenvectors of the 5- or 7-point Laplacian: transform, divide by the
eigenvalues, transform back. The solution is that of the discrete problem to rounding, which
--check shows by its residual. Prints million unknowns/s of the best and of the median repeat.
"""
import argparse, statistics, sys, time
import numpy as np, scipy.fft


def arguments():
    def least(low):
        def integer(word):
            if (value := int(word)) < low:
                raise argparse.ArgumentTypeError(f"{value}; want at least {low}")
            return value
        return integer

    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("dim", type=int, choices=(2, 3), help="dimension")
    p.add_argument("n", type=least(2), help="cells a side")
    p.add_argument("workers", type=least(1), nargs="?", default=2, help="threads (2)")
    p.add_argument("repeats", type=least(1), nargs="?", default=3, help="how often it is measured (3)")
    p.add_argument("--check", action="store_true", help="print the residual, and fail if it is more than rounding")
    return p.parse_args()


def eigenvalues(dim, n):
    """Those of the Laplacian, one for each sine mode: sums of those in one dimension."""
    line = (2 - 2 * np.cos(np.pi * np.arange(1, n) / n)) * n**2
    return sum(np.meshgrid(*[line] * dim, indexing="ij", sparse=True))


def solve(g, lam, workers):
    return scipy.fft.idstn(scipy.fft.dstn(g, 1, workers=workers) / lam, 1, workers=workers)


def residual(u, g, n):
    """|g - A u| / (|A| |u|) in the largest norm: about 1e-16 for a solution to rounding."""
    dim, around = u.ndim, np.pad(u, 1)
    middle = (slice(1, -1),) * dim
    r = g - 2 * dim * n**2 * u
    for axis in range(dim):
        for side in (slice(None, -2), slice(2, None)):
            r += n**2 * around[middle[:axis] + (side,) + middle[axis + 1:]]
    return np.abs(r).max() / (4 * dim * n**2 * np.abs(u).max())


a = arguments()
g, lam = np.ones((a.n - 1,) * a.dim), eigenvalues(a.dim, a.n)
times = []
for _ in range(a.repeats):
    start = time.perf_counter()
    u = solve(g, lam, a.workers)
    times.append(time.perf_counter() - start)
speed = lambda seconds: g.size / seconds / 1e6
print(f"SciPy DST, dim {a.dim}, n {a.n}, workers {a.workers}: best {min(times):.3f} s, median {statistics.median(times):.3f} s,"
      f" median {speed(statistics.median(times)):.2f}, best {speed(min(times)):.2f} million unknowns/s")
if a.check:
    r = residual(u, g, a.n)
    print(f"residual {r:.1e} of |A| |u|")
    if not r < 1e-14:
        sys.exit("dst.py: more than rounding")
