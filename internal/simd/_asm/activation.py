"""Fits what activation.go of package simd evaluates, and prints its tables.

GELU(y) = y·Φ(y) and its slope are y·h and h with h = ½ + t·P(w), t = y limited to
±L, w = 2t²/L² − 1 and P a polynomial: h − ½ is odd, and the coefficients of P in w
are small, so that float32 loses nothing. The sigmoid is ½ + t·P(t²)/Q(t²). All are
minimax fits by Lawson's iteration: least squares, with weights that grow where the
error is large. Needs numpy: python3 activation.py
"""

import math

import numpy as np

normal = np.vectorize(lambda y: math.erfc(-y / math.sqrt(2)) / 2)
density = lambda y: np.exp(-y * y / 2) / math.sqrt(2 * math.pi)


def points(limit):
    return limit * np.sin(np.linspace(0, math.pi / 2, 3001)[1:])  # more of them at the limit


def polynomial(limit, degree, h, weight):
    """Coefficients of P in w, with h = 1 at the limit, and the largest weighted error."""
    t = points(limit)
    w = 2 * t * t / limit**2 - 1
    # P(w) = 1/(2L) + (1 − w)·R(w) is exact where w = 1.
    basis = np.polynomial.chebyshev.chebvander(w, degree - 1) * (1 - w)[:, None]
    scale = t * weight(t)
    target = (h(t) - 0.5) / t - 0.5 / limit
    lam, best = np.ones_like(t), (np.inf, None)
    for _ in range(400):
        s = np.sqrt(lam) * scale
        c = np.linalg.lstsq(basis * s[:, None], target * s, rcond=None)[0]
        error = np.abs(scale * (basis @ c - target))
        best = min(best, (error.max(), c), key=lambda b: b[0])
        lam *= error + 1e-3 * error.max()
        lam /= lam.sum()
    error, c = best
    p = np.polynomial.polynomial.polymul(np.polynomial.chebyshev.cheb2poly(c), [1, -1])
    p[0] += 0.5 / limit
    return p, error


def rational(limit, above, below, h):
    """Coefficients of P and of Q in t², with Q(0) = 1, and the largest error."""
    t = points(limit)
    z, target = t * t / limit**2, (h(t) - 0.5) / t
    p, q = np.vander(z, above + 1, increasing=True), np.vander(z, below + 1, increasing=True)
    lam, value, best = np.ones_like(t), np.ones_like(t), (np.inf, None)
    for _ in range(400):
        s = np.sqrt(lam) * t / value  # of P − target·Q over the last Q
        c = np.linalg.lstsq(np.hstack([p, -q[:, 1:] * target[:, None]]) * s[:, None], target * s, rcond=None)[0]
        value = 1 + q[:, 1:] @ c[above + 1:]
        error = np.abs(t * (p @ c[:above + 1] / value - target))
        best = min(best, (error.max(), c), key=lambda b: b[0])
        lam *= error + 1e-2 * error.max()
        lam /= lam.max()
    error, c = best
    powers = lambda c: c / float(limit) ** (2 * np.arange(len(c)))
    return powers(c[:above + 1]), powers(np.r_[1, c[above + 1:]]), error


def show(name, coefficients, error):
    print(f"// {name}: error of the fit {error:.1e}")
    print(", ".join(f"{c:.9g}" for c in coefficients))


LIMIT, DEGREE = 5.5, 14
show("value of GELU, from the lowest power", *polynomial(LIMIT, DEGREE, normal, lambda t: np.maximum(t, 1)))
show("slope of GELU", *polynomial(LIMIT, DEGREE, lambda t: normal(t) + t * density(t), np.ones_like))
above, below, error = rational(16, 3, 4, lambda t: 1 / (1 + np.exp(-t)))
show("sigmoid, P", above, error)
show("sigmoid, Q", below, error)
