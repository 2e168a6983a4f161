package multigrid

import (
	"math"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// solved is a solve of −Δu = g on n² cells with random g and values on the boundary.
func solved(t testing.TB, n int, s Settings, seed uint64) (u, g *pde.Field[float64], res *Result, err error) {
	t.Helper()
	grid, err := pde.Unit(2, n)
	if err != nil {
		t.Fatal(err)
	}
	u, g = pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.FillBoundary(func(x, y, _ float64) float64 { return 3*x*y + math.Sin(5*x) - y*y*y })
	g.Randomize(seed)
	solver, err := NewSolver(stencil.Laplacian(grid), s)
	if err != nil {
		t.Fatal(err)
	}
	res, err = solver.Solve(t.Context(), u, g)
	return u, g, res, err
}

// residualAndBaseline are ‖g − A u‖ for u and for the boundary values extended inwards, in a norm.
func residualAndBaseline(t testing.TB, u, g *pde.Field[float64], n Norm) (r, b float64) {
	t.Helper()
	size := map[Norm]func(*pde.Field[float64]) float64{Norm2: norm, NormMax: largest}[n]
	out, a := pde.NewField[float64](u.Grid), stencil.Laplacian(u.Grid)
	if err := a.Residual(out, u, g); err != nil {
		t.Fatal(err)
	}
	r = size(out)
	e := u.Clone()
	e.ExtendBoundary()
	if err := a.Residual(out, e, g); err != nil {
		t.Fatal(err)
	}
	return r, size(out)
}

// What a tolerance means, in both norms, by all baselines, for cycles and Krylov methods
// alike: the residual by its definition is below it, and was not two cycles before.
func TestTolerances(t *testing.T) {
	for _, n := range []Norm{Norm2, NormMax} {
		for _, baseline := range []Baseline{Data, First, Absolute} {
			for _, k := range []Krylov{None, CG, FGMRES, BiCGStab} {
				for _, precision := range []Precision{Double, Mixed} {
					s := krylovSettings(k, RedBlack{1})
					s.Norm, s.Baseline, s.Precision, s.RelTol = n, baseline, precision, 1e-6
					u, g, res, err := solved(t, 48, s, 1)
					if err != nil || res.Status != Converged {
						t.Errorf("norm %d, baseline %d, %v: %v, %v", n, baseline, k, res.Status, err)
						continue
					}
					r, b := residualAndBaseline(t, u, g, n)
					e := u.Clone()
					e.FillInterior(func(_, _, _ float64) float64 { return 0 })
					first, _ := residualAndBaseline(t, e, g, n)
					scale := map[Baseline]float64{Data: b, First: first, Absolute: 1}[baseline]
					if math.Abs(res.TrueResidual*scale/r-1) > 1e-3 || math.Abs(res.Residuals[0]*scale/first-1) > 1e-9 {
						t.Errorf("norm %d, baseline %d, %v: true residual %g, first %g; by definition %g, %g over %g", n, baseline, k, res.TrueResidual, res.Residuals[0], r, first, scale)
					}
					before := res.Residuals[res.Cycles-1]
					if !(r <= 1e-6*scale*(1+1e-9)) || before < 1e-6 {
						t.Errorf("norm %d, baseline %d, %v: ended at %g, before at %g", n, baseline, k, r/scale, before)
					}
				}
			}
		}
	}
}

// An absolute tolerance ends at that residual, whatever the data are.
func TestAbsoluteTolerance(t *testing.T) {
	for _, k := range []Krylov{None, CG} {
		s := krylovSettings(k, RedBlack{1})
		s.RelTol, s.AbsTol = 0, 1e-4
		u, g, res, err := solved(t, 48, s, 1)
		if r, _ := residualAndBaseline(t, u, g, Norm2); err != nil || res.Status != ConvergedAbsolute || r > 1e-4 || r < 1e-7 {
			t.Errorf("%v: %v with a residual of %g, %v", k, res.Status, r, err)
		}
	}
}

// A backward error of 1e-15 is met on every grid, where a fixed reduction of the residual is
// beyond rounding on fine ones: the tolerance does not depend on the grid.
func TestBackwardError(t *testing.T) {
	for _, n := range []int{16, 128, 1024} {
		s := krylovSettings(None, RedBlack{1})
		s.RelTol, s.BackwardTol = 0, 1e-15
		u, g, res, err := solved(t, n, s, 1)
		r, _ := residualAndBaseline(t, u, g, Norm2)
		size := 8*float64(n*n)*math.Hypot(norm(u), u.BoundaryNorm()) + norm(g)
		if err != nil || res.Status != ConvergedBackward || r > 1e-15*size || res.Cycles > 20 {
			t.Errorf("n = %d: %v after %d cycles with a backward error of %.2g, %v", n, res.Status, res.Cycles, r/size, err)
		}
	}
	// One million cells along an axis: a tolerance that coarse grids meet is beyond rounding,
	// the backward error is not.
	grid := mustGrid(t, []int{1 << 20}, []float64{0x1p-20})
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	g.FillInterior(func(x, _, _ float64) float64 { return math.Sin(3*x) + .3 })
	s := krylovSettings(None, RedBlack{1})
	s.BackwardTol = 1e-15
	solver, err := NewSolver(stencil.Laplacian(grid), s)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := solver.Solve(t.Context(), u, g); err != nil || res.Status != ConvergedBackward {
		t.Errorf("%v: %v after %d cycles, %v", grid, res.Status, res.Cycles, err)
	}
}

// A good guess ends a solve at once, by whichever test.
func TestGoodGuess(t *testing.T) {
	for _, k := range []Krylov{None, CG, FGMRES, BiCGStab, Auto} {
		for name, change := range map[string]func(s *Settings){
			"relative": func(s *Settings) {},
			"absolute": func(s *Settings) { s.RelTol, s.AbsTol = 0, 1e-4 },
			"backward": func(s *Settings) { s.RelTol, s.BackwardTol = 0, 1e-10 },
			"largest":  func(s *Settings) { s.Norm = NormMax },
		} {
			tight := krylovSettings(None, RedBlack{1})
			tight.RelTol = 1e-12
			u, g, _, err := solved(t, 32, tight, 1)
			if err != nil {
				t.Fatal(err)
			}
			s := krylovSettings(k, RedBlack{1})
			change(&s)
			solver, err := NewSolver(stencil.Laplacian(u.Grid), s)
			if err != nil {
				t.Fatal(err)
			}
			if res, err := solver.Solve(t.Context(), u, g); err != nil || res.Cycles != 0 {
				t.Errorf("%v, %s: %d cycles, %v", k, name, res.Cycles, err)
			}
		}
	}
}

// (a, c) or g times a power of two, far from the ends of float64, changes nothing but the
// power: u has the same bits, the cycles and the reasons are the same, and so are the
// ratios of residuals but for rounding.
func TestScaledProblems(t *testing.T) {
	grid := mustGrid(t, []int{40, 33}, []float64{.1, .1})
	type outcome struct {
		u   []float64
		res *Result
	}
	for _, k := range []Krylov{None, CG, FGMRES, BiCGStab, Auto} {
		for _, precision := range []Precision{Double, Mixed} {
			s := krylovSettings(k, RedBlack{1})
			if s.Precision = precision; k == Auto {
				s.Smoother = Jacobi{.2} // that stalls
			}
			run := func(ofA, ofG int) (o outcome) {
				a, err := stencil.Diffusion(grid, [3]float64{math.Ldexp(1.25, ofA), math.Ldexp(1, ofA)}, math.Ldexp(3, ofA))
				if err != nil {
					t.Fatal(err)
				}
				solver, err := NewSolver(a, s)
				if err != nil {
					t.Fatalf("%v, A 2^%d: %v", k, ofA, err)
				}
				u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
				g.Randomize(1)
				for i, v := range g.Data() {
					g.Data()[i] = math.Ldexp(v, ofG)
				}
				if o.res, err = solver.Solve(t.Context(), u, g); err != nil {
					t.Errorf("%v, precision %d, A 2^%d, g 2^%d: %v after %d cycles, %v", k, precision, ofA, ofG, o.res.Status, o.res.Cycles, err)
				}
				for _, v := range u.Interior() {
					o.u = append(o.u, math.Ldexp(v, ofA-ofG))
				}
				return o
			}
			want := run(0, 0)
			for _, by := range [][2]int{{500, 0}, {-500, 0}, {0, 500}, {0, -500}, {500, 500}, {-500, -500}, {498, 0}} {
				got := run(by[0], by[1])
				if got.res.Cycles != want.res.Cycles || got.res.Status != want.res.Status || got.res.StalledAt != want.res.StalledAt {
					t.Errorf("%v, precision %d, A 2^%d, g 2^%d: %v after %d cycles, want %v after %d", k, precision, by[0], by[1], got.res.Status, got.res.Cycles, want.res.Status, want.res.Cycles)
					continue
				}
				// In mixed precision r and e may be rounded to float32 at another place.
				near, nearU := 1e-6, 0.0
				if precision == Mixed {
					near, nearU = .2, 1e-9
				}
				for i, r := range got.res.Residuals {
					if math.Abs(r/want.res.Residuals[i]-1) > near {
						t.Errorf("%v, precision %d, A 2^%d, g 2^%d: residual %d is %g, want %g", k, precision, by[0], by[1], i, r, want.res.Residuals[i])
						break
					}
				}
				for i, v := range got.u {
					if math.Abs(v-want.u[i]) > nearU {
						t.Errorf("%v, precision %d, A 2^%d, g 2^%d: u %d is %g, want %g", k, precision, by[0], by[1], i, v, want.u[i])
						break
					}
				}
			}
		}
	}
}

// overshooting has coarse operators that are too small, more so from level to level.
type overshooting struct{ Rediscretized }

func (o overshooting) Coarsen(levels []Coarse) (c Coarse, ok bool, err error) {
	c, ok, err = o.Rediscretized.Coarsen(levels)
	if ok {
		c.A = c.A.Scale(.7)
	}
	return c, ok, err
}

// Cycles that stall are helped: the result says when, the solve ends well, and the next
// solve by the same solver has the same bits.
func TestStalledCyclesAreHelped(t *testing.T) {
	for name, c := range map[string]struct {
		smoother   Smoother
		coarsening Coarsening
		post       int
		most       int
	}{
		"slow":            {Jacobi{.2}, Rediscretized{}, 1, 30},
		"divergent":       {RedBlack{1}, overshooting{}, 1, 30},
		"not symmetric":   {RedBlack{1}, halfWeighting{}, 0, 40},
		"divergent, slow": {RedBlack{1.97}, Rediscretized{}, 1, 100},
	} {
		s := krylovSettings(Auto, c.smoother)
		s.Coarsening, s.Cycle.Post = c.coarsening, []int{c.post}
		alone := s
		alone.Krylov = None
		_, _, cycles, failed := solved(t, 64, alone, 1)
		u, g, res, err := solved(t, 64, s, 1)
		if err != nil || res.StalledAt == 0 || res.KrylovIterations == 0 || res.StalledAt+res.KrylovIterations != res.Cycles || res.KrylovIterations > c.most {
			t.Errorf("%s: %v, stalled at %d, %d iterations of %d cycles, %v, factor %g; alone %v after %d cycles, %v", name, res.Status, res.StalledAt, res.KrylovIterations, res.Cycles, err, res.Factor, cycles.Status, cycles.Cycles, failed)
			continue
		}
		if r, b := residualAndBaseline(t, u, g, Norm2); r > 1e-10*b*(1+1e-6) {
			t.Errorf("%s: residual %g of %g", name, r, b)
		}
		if res.Cycles >= cycles.Cycles && failed == nil {
			t.Errorf("%s: %d cycles and iterations, %d cycles alone", name, res.Cycles, cycles.Cycles)
		}
		if !(res.Factor > 0 && res.Factor < 1) || res.Times.Krylov <= 0 {
			t.Errorf("%s: factor %g, times %+v", name, res.Factor, res.Times)
		}
	}
	// Cycles that do not stall are not touched.
	s := krylovSettings(Auto, Jacobi{.8})
	if _, _, res, err := solved(t, 64, s, 1); err != nil || res.StalledAt != 0 || res.KrylovIterations != 0 {
		t.Errorf("ω = 0.8: stalled at %d, %v", res.StalledAt, err)
	}
	// The same solver again: the fields of the first solve are used and hold nothing of it.
	s = krylovSettings(Auto, Jacobi{.2})
	grid, _ := pde.Unit(2, 64)
	solver, err := NewSolver(stencil.Laplacian(grid), s)
	if err != nil {
		t.Fatal(err)
	}
	var want *Result
	for i := range 3 {
		u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
		g.Randomize(9)
		if i == 1 {
			g.Randomize(10)
		}
		res, err := solver.Solve(t.Context(), u, g)
		switch {
		case err != nil:
			t.Fatal(err)
		case i == 0:
			want = res
		case i == 2:
			for k, r := range res.Residuals {
				if r != want.Residuals[k] {
					t.Fatalf("residual %d is %g, at first %g", k, r, want.Residuals[k])
				}
			}
		}
	}
}

// Data without a solution: projected, with the defect in the result, or refused; compatible
// data are solved either way.
func TestSingularData(t *testing.T) {
	grid, err := mustGrid(t, []int{32, 24}, []float64{1. / 32, 1. / 24}).PeriodicAlong(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []Krylov{None, CG, FGMRES, BiCGStab} {
		for _, mean := range []float64{0, .5} {
			for _, choice := range []Singular{Project, Refuse} {
				s := krylovSettings(k, RedBlack{1})
				s.Singular = choice
				solver, err := NewSolver(stencil.Laplacian(grid), s)
				if err != nil {
					t.Fatal(err)
				}
				u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
				exact := func(x, y, _ float64) float64 { return math.Cos(2*math.Pi*x) * math.Sin(2*math.Pi*y) }
				g.FillInterior(func(x, y, z float64) float64 { return mean + 8*math.Pi*math.Pi*exact(x, y, z) })
				u.Randomize(1)
				res, err := solver.Solve(t.Context(), u, g)
				if choice == Refuse && mean != 0 {
					if res.Status != Incompatible || math.Abs(res.Defect-mean) > 1e-12 {
						t.Errorf("%v: %v, defect %g, %v", k, res.Status, res.Defect, err)
					}
					continue
				}
				if _, worst := u.Errors(exact); err != nil || math.Abs(res.Defect-mean) > 1e-12 || worst > .02 {
					t.Errorf("%v: %v, defect %g, error %g, %v", k, res.Status, res.Defect, worst, err)
				}
			}
		}
	}
}
