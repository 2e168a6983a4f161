package multigrid

// Settings for constant coefficients on 3×3 points.

import (
	"fmt"
	"math"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

const (
	// pointShare is the least share of the weaker axis in the stronger one that relaxation of
	// points takes where both become coarser: tan² 15° where a conducts along one direction alone.
	pointShare = 0.07
	// kernelOmega is the weight of the four colours, two steps before and after.
	kernelOmega = 1.3
)

// chooseForKernel returns the settings for −∇·(a ∇u) + c u with a constant full tensor a in two
// dimensions and c ≥ 0: points in four colours, two steps before and after each correction,
// Galerkin operators, which are constant too, and conjugate gradients. ok is false for other
// operators, those whose levels Galerkin products do not reach, those that take full multigrid
// with rediscretised operators, and those with an axis that couples more weakly than pointShare,
// which take lines.
//
// Measured, ∂² along a direction and ε ∂² across it, g = 1, steps to 10⁻⁸ on 256² and 1024² cells,
//
//	ε          .1     .05    .01     10⁻³    10⁻⁶
//	V, 15°    6  6   8  8   17 18   30 46   35 69
//	V, 45°    5  5   8  8   16 19   25 44   28 59
//	W, 15°    8  8   9  9   13 13   19 22   22 31
//	W, 45°    6  6   6  6   10 10   15 19   16 24
//	W, 5°    10  9  13 13   25 24   40 41   51 68
//
// V after a full pass, W without. A W-cycle takes 1.3 to 1.7 times as long as a V-cycle: they
// cross near mildShare.
func chooseForKernel(s Settings, a stencil.Operator) (_ Settings, why string, ok bool) {
	grid, _ := a.Grids()
	k, constant := a.Kernel()
	if !constant || grid.Dim() != 2 || grid.Cells || grid.Closed() {
		return s, "", false
	}
	for d := range 2 {
		if grid.Sides[d][0] == pde.Neumann || grid.Sides[d][1] == pde.Neumann {
			return s, "", false
		}
	}
	t, ok := tensorOf(k)
	if !ok || t.share() < pointShare {
		return s, "", false
	}
	if !t.oblique && t.share() >= smoothShare {
		if _, err := coarsen(a, Rediscretized{}); err == nil {
			return s, "", false
		}
	}
	if _, err := coarsen(a, Galerkin{}); err != nil {
		return s, "", false
	}
	s.Smoother, s.Coarsening, s.Krylov = RedBlack{Omega: kernelOmega}, Galerkin{}, CG
	s.Cycle = cycle.Cycle{Pre: []int{2}, Post: []int{2}, Gamma: 1, Full: true}
	shape := "V-cycles after a full pass"
	if t.weakest() < mildShare {
		s.Cycle.Gamma, s.Cycle.Full, shape = 2, false, "W-cycles"
	}
	return s, fmt.Sprintf("constant coefficients of 3×3 points, %.3g times as strong along a direction as across it: Galerkin operators, points in four colours, %s in conjugate gradients", 1/t.weakest(), shape), true
}

// tensor is what a kernel of 3×3 points is a difference quotient of, −a_xx ∂²/∂x² − 2 a_xy
// ∂²/∂x∂y − a_yy ∂²/∂y², in widths of cells.
type tensor struct {
	xx, yy, xy float64
	oblique    bool // diagonal neighbours couple with the sign of the diagonal
}

// tensorOf is that of a kernel; ok is false unless it is symmetric, definite, and has no sum
// below 0.
func tensorOf(k stencil.Kernel) (t tensor, ok bool) {
	if k[13] < 0 {
		k = k.Scale(-1)
	}
	sum, size := 0.0, 0.0
	for o, v := range k {
		if math.Abs(v-k[26-o]) > asymmetry*k[13] {
			return t, false
		}
		at := stencil.Offset(o)
		x, y := float64(at[0]), float64(at[1])
		t.xx -= v * x * x / 2
		t.yy -= v * y * y / 2
		t.xy -= v * x * y / 2
		sum += v
		size += math.Abs(v)
		t.oblique = t.oblique || o != 13 && v > obliqueShare*k[13]
	}
	const rounding = 1e-12
	return t, sum >= -rounding*size && t.xx > 0 && t.yy > 0 && t.xx*t.yy > t.xy*t.xy
}

// share is that of the weaker axis in the stronger one.
func (t tensor) share() float64 { return min(t.xx, t.yy) / max(t.xx, t.yy) }

// weakest is the share of the weakest direction in the strongest, the ratio of the eigenvalues.
func (t tensor) weakest() float64 {
	root := math.Hypot(t.xx-t.yy, 2*t.xy)
	least := 2 * (t.xx*t.yy - t.xy*t.xy) / (t.xx + t.yy + root) // not a difference of two that are nearly equal
	return 2 * least / (t.xx + t.yy + root)
}
