"""PETSc's CG with Galerkin multigrid on -Laplace u = 1 in the unit square, zero boundary: a peer of `mgtool solve`.

usage: petsc.py [-n UNKNOWNS_A_SIDE] [-levels LEVELS] [PETSc's options]   (1025 and 8; one process)

UNKNOWNS_A_SIDE less one has to be divisible by 2 for each level but the coarsest. Smoothing is
two steps of Chebyshev with Jacobi before and after. CG stops, as PETSc does by
default, by the preconditioned residual, at 1e-8; the true one, which is printed, is then
about 1e-5, so that this favours PETSc. -ksp_norm_type unpreconditioned stops by the true one.
Such options of PETSc override what is chosen here.
"""
import glob, sys, time

if "-h" in sys.argv or "--help" in sys.argv:
    sys.exit(print(__doc__))

# Debian's petsc4py is only found with PETSc's development files, which it can do without.
sys.path += sorted(glob.glob("/usr/lib/petscdir/petsc*/*-real/lib/python3/dist-packages"))
import petsc4py
petsc4py.init(sys.argv)
from petsc4py import PETSc
import numpy as np, scipy.sparse as sp

DEFAULTS = dict(
    ksp_type="cg", ksp_rtol=1e-8,
    pc_mg_galerkin="both",  # R A P on every level
    mg_levels_ksp_type="chebyshev", mg_levels_pc_type="jacobi", mg_levels_ksp_max_it=2,
)


def laplacian(n):
    """The 5-point Laplacian on n by n inner points, without the boundary."""
    line = sp.diags([-np.ones(n - 1), 2 * np.ones(n), -np.ones(n - 1)], [-1, 0, 1])
    m = ((n + 1.0) ** 2 * (sp.kron(sp.eye(n), line) + sp.kron(line, sp.eye(n)))).tocsr()
    m.sort_indices()
    return PETSc.Mat().createAIJ(m.shape, csr=(m.indptr.astype(np.int32), m.indices.astype(np.int32), m.data))


def multigrid(pc, n, levels):
    """Bilinear interpolation between grids of every second point; the operators follow from it."""
    grids = [PETSc.DMDA().create([n, n], dof=1, stencil_width=1)]
    for _ in range(levels - 1):
        grids.insert(0, grids[0].coarsen())
    pc.setType("mg")
    pc.setMGLevels(levels)
    for l in range(1, levels):
        pc.setMGInterpolation(l, grids[l - 1].createInterpolation(grids[l])[0])


options = PETSc.Options()
try:
    n, levels = options.getInt("n", 1025), options.getInt("levels", 8)
except PETSc.Error:
    print(__doc__, file=sys.stderr)
    sys.exit(2)
if n < 3 or levels < 2 or (n - 1) % 2 ** (levels - 1):
    print(f"petsc.py: {n} unknowns a side on {levels} levels; n - 1 has to be divisible by 2^(levels-1), levels at least 2", file=sys.stderr)
    sys.exit(2)
for name, value in DEFAULTS.items():
    if not options.hasName(name):
        options[name] = value

ksp = PETSc.KSP().create()
ksp.setOperators(laplacian(n))
multigrid(ksp.getPC(), n, levels)
ksp.setFromOptions()
x, b = ksp.getOperators()[0].createVecs()
b.set(1.0)

start = time.perf_counter()
ksp.setUp()
ready = time.perf_counter()
ksp.solve(b, x)
end = time.perf_counter()

r = b - ksp.getOperators()[0] * x
print(f"PETSc {ksp.getType()} and multigrid on {levels} levels, dim 2, n {n}: {ksp.its} iterations, relative residual {r.norm() / b.norm():.2e},"
      f" setup {ready - start:.3f} s, solve {end - ready:.3f} s, {n * n / (end - ready) / 1e6:.2f} million unknowns/s")
if ksp.getConvergedReason() <= 0:
    sys.exit(f"petsc.py: not converged, reason {ksp.getConvergedReason()}")
