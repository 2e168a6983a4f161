#!/usr/bin/python3
"""The convergence factor of a method file, measured without mgtool.

    python3 benchmarks/factor.py testdata/methods/NAME.json --n 128

A V- or W-cycle for A u = 0 on n cells along each axis with u = 0 on the boundary, by plain
correlation with zeros beyond the boundary; A is the method's operator, or with --operator that
of another file, {"stencil": [[...]]}, or minus the Laplacian. Power iteration from random u, at
least 80 cycles, until the geometric means of two windows of cycles agree; prints the factor, the
cycles, and the estimate of ten cycles from the literature, which is too high. NumPy and SciPy.
"""
import argparse
import itertools
import json

import numpy as np
from scipy.ndimage import correlate

SMALLEST = 64  # unknowns of the grid that is solved


def laplacian(dim):
    k = np.zeros((3,) * dim)
    k[(1,) * dim] = 1
    for d in range(dim):
        for o in (0, 2):
            k[(1,) * d + (o,) + (1,) * (dim - d - 1)] = -1 / (2 * dim)
    return k


def tensor(row, dim):
    k = np.ones(())
    for _ in range(dim):
        k = np.multiply.outer(k, np.array(row))
    return k


def apply(kernel, u):
    """(K u)(x) = sum_o K_o u(x+o), u = 0 beyond the boundary."""
    return correlate(u, kernel, mode="constant")


def restrict(kernel, r):
    """Vertices 1..n-1; the coarse vertex m is the fine vertex 2m, index 2m-1."""
    return apply(kernel, r)[(slice(1, None, 2),) * r.ndim]


def prolong(kernel, e, shape):
    u = np.zeros(shape)
    u[(slice(1, None, 2),) * e.ndim] = e
    # The transposed form: what the vertex m gives to 2m+o is K_o.
    return apply(np.flip(kernel), u)


def galerkin(r, a, p):
    """The kernel of R A P: its column of a unit vector, far from the boundary."""
    e = np.zeros((7,) * a.ndim)
    e[(3,) * a.ndim] = 1
    column = restrict(r, apply(a, prolong(p, e, (15,) * a.ndim)))
    return np.flip(column[(slice(2, 5),) * a.ndim])


class Level:
    def __init__(self, n, a, spec):
        self.n, self.a, self.d = n, a, a[(1,) * a.ndim]
        if spec is None:
            size = (n - 1) ** a.ndim
            m = np.zeros((size, size))
            for i in range(size):
                e = np.zeros(size)
                e[i] = 1
                m[:, i] = apply(a, e.reshape((n - 1,) * a.ndim)).ravel()
            self.inverse = np.linalg.inv(m)
            return
        self.pre, self.post = spec.get("pre") or [], spec.get("post") or []
        linear = tensor([0.5, 1, 0.5], a.ndim)
        p = spec["prolongation"]
        self.p = linear if isinstance(p, str) and p == "linear" else np.array(p, float)
        r = spec["restriction"]
        if isinstance(r, str):
            self.r = tensor([0.25, 0.5, 0.25], a.ndim) if r == "full-weighting" else self.p / 2 ** a.ndim
        else:
            self.r = np.array(r, float)
        c = spec["coarse"]
        if isinstance(c, str):
            self.coarse = galerkin(self.r, a, self.p) if c == "galerkin" else a / 4
        else:
            self.coarse = self.d * np.array(c, float)

    def smooth(self, steps, u, g):
        for s in steps:
            if "stencil" in s:
                u = u + apply(np.array(s["stencil"], float), (g - apply(self.a, u)) / self.d)
            elif "jacobi" in s:
                u = u + s["jacobi"] / self.d * (g - apply(self.a, u))
            else:
                u = self.colours(s["colours"], u, g)
        return u

    def colours(self, omega, u, g):
        dim = self.a.ndim
        star = all(v == 0 or np.sum(np.abs(np.array(o) - 1)) <= 1 for o, v in np.ndenumerate(self.a))
        index = np.indices(u.shape) + 1
        if star:
            masks = [index.sum(0) % 2 == c for c in (0, 1)]
        else:  # x, the last axis here, is the fastest
            masks = [
                np.logical_and.reduce([index[d] % 2 == c[d] for d in range(dim)])
                for c in itertools.product((0, 1), repeat=dim)
            ]
        omega = list(omega) * len(masks) if len(omega) == 1 else omega
        for mask, w in zip(masks, omega):
            r = (g - apply(self.a, u)) / self.d
            u = u + w * mask * r
        return u


def hierarchy(method, a, n):
    levels = []
    while (n - 1) ** a.ndim > SMALLEST:
        if n % 2:
            raise SystemExit(f"{n} cells; want a number that can be halved down to {SMALLEST} unknowns")
        specs, i = method["levels"], len(levels)
        spec = specs[i % len(specs) if method["repeat"] == "cyclic" else min(i, len(specs) - 1)]
        levels.append(Level(n, a, spec))
        n, a = n // 2, levels[-1].coarse
    return levels + [Level(n, a, None)]


def cycle(levels, gamma, u, g):
    l = levels[0]
    if len(levels) == 1:
        return (l.inverse @ g.ravel()).reshape(g.shape)
    u = l.smooth(l.pre, u, g)
    for _ in range(gamma if len(levels) > 2 else 1):
        r = restrict(l.r, g - apply(l.a, u))
        u = u + prolong(l.p, cycle(levels[1:], gamma, np.zeros(r.shape), r), u.shape)
    return l.smooth(l.post, u, g)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("method")
    p.add_argument("--n", type=int, default=128, help="cells along each axis")
    p.add_argument("--operator", help='a file {"stencil": ...}')
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--cycles", type=int, default=400, help="at most; at least 80")
    args = p.parse_args()
    with open(args.method) as f:
        method = json.load(f)
    if args.operator:
        with open(args.operator) as f:
            a = np.array(json.load(f)["stencil"], float)
        a = a / a[(1,) * a.ndim]
    else:
        a = np.array(method["operator"], float) if method.get("operator") else laplacian(method["dim"])
    levels = hierarchy(method, a, args.n)
    rng = np.random.default_rng(args.seed)
    u = rng.choice([-1.0, 1.0], size=(args.n - 1,) * a.ndim)
    g = np.zeros(u.shape)
    size = np.linalg.norm(u)
    ten, u, logs, window = np.log(size), u / size, [], 32
    taper = np.sin(np.pi * np.arange(1, window + 1) / (window + 1)) ** 2
    mean = lambda q: float(np.exp(np.average(q, weights=taper)))
    converged = False
    while len(logs) < max(80, args.cycles) and not converged:
        u = cycle(levels, method["gamma"], u, g)
        size = np.linalg.norm(u)
        logs.append(np.log(size))
        u /= size
        if len(logs) >= 80:
            factor = mean(logs[-window:])
            converged = abs(mean(logs[-2 * window:-window]) / factor - 1) <= 1e-3
    print(f"factor {factor:.4f} cycles {len(logs)} converged {converged} ten-sweeps {np.exp((ten + sum(logs[:10])) / 10):.4f}")


if __name__ == "__main__":
    main()
