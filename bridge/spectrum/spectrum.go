// Package spectrum measures how fast a multigrid cycle converges: the spectral radius of
// its error propagation M, by which every cycle multiplies the error in the end.
//
// With g = 0 the solution is 0, so u is its own error, and a cycle is u ← M u. Power
// iteration does cycles from a random u and rescales it after each,
//
//	v_k = M u_{k−1},   u_k = v_k/‖v_k‖₂,   q_k = ‖v_k‖₂   →   ρ(M) = lim Π_i q_{k−w+i}^{c_i}.
//
// The geometric mean over a window of w cycles, with weights c_i ∝ sin²(π i/(w+1)), also
// converges where the largest eigenvalues are a complex pair λ e^{±iφ}: the ratios q_k then
// go up and down with the period π/φ, of which such a mean leaves next to nothing if that
// is at most w/2.
//
// Learned cycles are often quoted by ‖M^k z‖₂^{1/k} for a few cycles, k = 10, from
// independent z = ±1 (for instance Fanaskov, Neural Multigrid Architectures,
// arXiv:2402.05563). Since ‖z‖₂ = √N for N unknowns it is no spectral radius, and it grows
// with the grid: [Estimate] has it beside the true factor, for comparison.
package spectrum

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Options say how long a factor is measured. The zero value is the usual choice.
type Options struct {
	// MinCycles and MaxCycles bound the cycles: 0 is 80 and 400. Fewer than 80 are refused.
	MinCycles, MaxCycles int
	// Tolerance ends the iteration when the means of two successive windows differ by no
	// more than this part: 0 is 1e-3.
	Tolerance float64
	// Window is the number of cycles of a mean: 0 is 32.
	Window int
	// Seed of the random start.
	Seed uint64
	// Progress, if not nil, is called after each cycle with the factor so far.
	Progress func(cycle int, factor float64)
}

// Estimate is a measured factor.
type Estimate struct {
	Factor    float64 `json:"factor"`    // ρ(M): geometric mean of the last window
	Cycles    int     `json:"cycles"`    // done
	Converged bool    `json:"converged"` // two windows agree to the tolerance
	Change    float64 `json:"change"`    // relative, between the last two windows
	// TenSweeps is ‖M¹⁰ z‖₂^{1/10} for z = ±1, which the literature quotes: too high.
	TenSweeps float64 `json:"ten_sweeps"`
}

const (
	leastCycles = 80
	sweeps      = 10 // of the estimate in the literature
)

func (o Options) withDefaults() (Options, error) {
	if o.MinCycles == 0 {
		o.MinCycles = leastCycles
	}
	if o.MaxCycles == 0 {
		o.MaxCycles = max(5*leastCycles, o.MinCycles)
	}
	if o.Tolerance == 0 {
		o.Tolerance = 1e-3
	}
	if o.Window == 0 {
		o.Window = 32
	}
	switch {
	case o.MinCycles < leastCycles:
		return o, fmt.Errorf("spectrum: at least %d cycles; want %d or more", o.MinCycles, leastCycles)
	case o.MaxCycles < o.MinCycles:
		return o, fmt.Errorf("spectrum: at most %d cycles, at least %d; want no fewer", o.MaxCycles, o.MinCycles)
	case !(o.Tolerance > 0 && o.Tolerance < 1):
		return o, fmt.Errorf("spectrum: tolerance %g; want more than 0 and less than 1", o.Tolerance)
	case o.Window < 2 || 2*o.Window > o.MinCycles:
		return o, fmt.Errorf("spectrum: windows of %d cycles; want 2 to %d, half of the least number of cycles", o.Window, o.MinCycles/2)
	}
	return o, nil
}

// Factor measures the spectral radius of the cycle that solves A with these settings, in
// the solver itself; tolerances, Krylov methods, a full pass and a watch are left out. A
// cycle that annihilates every error has the factor 0. It is an error if values are no
// longer finite, and the context's if that is cancelled; the Estimate has what is known
// until then. Where the cycle is not linear ([multigrid.Minimises]) the factor is how fast
// errors shrink in the long run from this start.
func Factor(ctx context.Context, a stencil.Operator, s multigrid.Settings, o Options) (Estimate, error) {
	e := Estimate{Factor: math.NaN(), Change: math.NaN(), TenSweeps: math.NaN()}
	o, err := o.withDefaults()
	if err != nil {
		return e, err
	}
	s.RelTol, s.AbsTol, s.BackwardTol, s.MaxCycles = 0, 0, 0, 1
	s.Krylov, s.Recorder, s.Watch, s.Cycle.Full = multigrid.None, nil, nil, false
	solver, err := multigrid.NewSolver(a, s)
	if err != nil {
		return e, err
	}
	grid, _ := a.Grids()
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	size := signs(u, o.Seed)
	var logs []float64 // log q_k
	ten := math.Log(size)
	scale(u, 1/size)
	for k := 1; k <= o.MaxCycles; k++ {
		// The status is about residuals, which the rescaling makes meaningless; what counts
		// is u. A cancelled cycle is not complete.
		if _, err := solver.Solve(ctx, u, g); ctx.Err() != nil {
			return e, ctx.Err()
		} else if size = norm(u); math.IsNaN(size) || math.IsInf(size, 0) {
			return e, fmt.Errorf("spectrum: values are not finite after cycle %d: %w", k, err)
		}
		e.Cycles = k
		if size == 0 {
			e.Factor, e.Converged, e.Change = 0, true, 0
			if k <= sweeps {
				e.TenSweeps = 0
			}
			return e, nil
		}
		scale(u, 1/size)
		logs = append(logs, math.Log(size))
		if k <= sweeps {
			if ten += logs[k-1]; k == sweeps {
				e.TenSweeps = math.Exp(ten / sweeps)
			}
		}
		e.Factor = mean(logs[max(0, k-o.Window):])
		if k >= 2*o.Window {
			e.Change = math.Abs(mean(logs[k-2*o.Window:k-o.Window])/e.Factor - 1)
			e.Converged = e.Change <= o.Tolerance
		}
		if o.Progress != nil {
			o.Progress(k, e.Factor)
		}
		if k >= o.MinCycles && e.Converged {
			break
		}
	}
	return e, nil
}

// signs fills the unknowns with independent ±1 and returns their norm.
func signs(u *pde.Field[float64], seed uint64) float64 {
	rng := rand.New(rand.NewPCG(seed, 0x7370656374727565))
	rows(u, func(row []float64) {
		for i := range row {
			row[i] = float64(2*int(rng.Uint64()>>63) - 1)
		}
	})
	return norm(u)
}

// rows visits the unknowns row by row.
func rows(u *pde.Field[float64], visit func(row []float64)) {
	lo, hi := u.Inside(0)
	for n := range u.RowCount() {
		j, k := u.RowAt(n)
		visit(u.Row(j, k)[lo:hi])
	}
}

func norm(u *pde.Field[float64]) float64 {
	sum := 0.0
	rows(u, func(row []float64) {
		for _, v := range row {
			sum += v * v
		}
	})
	return math.Sqrt(sum)
}

func scale(u *pde.Field[float64], s float64) {
	rows(u, func(row []float64) {
		for i := range row {
			row[i] *= s
		}
	})
}

// mean is the weighted geometric mean of the package comment, from logarithms.
func mean(logs []float64) float64 {
	var sum, weights float64
	for i, l := range logs {
		sin := math.Sin(math.Pi * float64(i+1) / float64(len(logs)+1))
		sum += sin * sin * l
		weights += sin * sin
	}
	return math.Exp(sum / weights)
}
