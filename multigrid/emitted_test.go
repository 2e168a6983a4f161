package multigrid

import (
	"context"
	"errors"
	"strings"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// overDiagonal emits ω/D of every point for each ω: Jacobi.
func overDiagonal(calls *int, omegas ...float64) *Emitter {
	return &Emitter{Name: "ω/D", Emit: func(a stencil.Operator) (list []stencil.Operator, err error) {
		*calls++
		grid, _ := a.Grids()
		constant, varying, err := a.Diagonal()
		if err != nil {
			return nil, err
		}
		for _, omega := range omegas {
			var b stencil.Operator
			if varying == nil {
				b, err = stencil.Constant(grid, stencil.Kernel{13: omega / constant})
			} else {
				var c stencil.Coefficients
				c[13] = pde.NewField[float64](grid)
				for i, d := range varying.Data() {
					if d != 0 {
						c[13].Data()[i] = omega / d
					}
				}
				b, err = stencil.Varying(grid, c)
			}
			if err != nil {
				return nil, err
			}
			list = append(list, b)
		}
		return list, nil
	}}
}

// Emitted operators that are those of Jacobi make the cycles of Jacobi, for constant and variable
// coefficients, before and after the correction, in both precisions; each level is asked once.
func TestEmittedIsJacobi(t *testing.T) {
	grid := square(t, 64)
	for _, c := range []struct {
		a         stencil.Operator
		by        Coarsening
		precision Precision
	}{
		{stencil.Laplacian(grid), Rediscretized{}, Double}, {stencil.Laplacian(grid), Rediscretized{}, Mixed},
		{facesOn(t, grid, hills, hills), Rediscretized{}, Double}, {roughFaces(t, grid), Galerkin{}, Double}, {rotated(t, grid, 30, .1), Galerkin{}, Double},
	} {
		calls := 0
		e := overDiagonal(&calls, .7, .9)
		var u [2]*pde.Field[float64]
		levels := 0
		for on, smoother := range []Smoother{
			Apart{Sequence{Jacobi{.7}, Jacobi{.9}}, Jacobi{.9}},
			Apart{Sequence{EmittedSmoother{e, 0}, EmittedSmoother{e, 1}}, EmittedSmoother{e, 1}},
		} {
			s := DefaultSettings()
			s.Smoother, s.Coarsening, s.Precision, s.Krylov = smoother, c.by, c.precision, None
			s.RelTol, s.MaxCycles = 0, 3
			solver, err := NewSolver(c.a, s)
			if err != nil {
				t.Fatal(err)
			}
			u[on] = pde.NewField[float64](grid)
			g := pde.NewField[float64](grid)
			g.Randomize(1)
			if _, err := solver.Solve(context.Background(), u[on], g); err != nil {
				t.Fatal(err)
			}
			levels = solver.Levels()
		}
		if calls != levels {
			t.Errorf("%v: asked %d times for %d levels", c.a, calls, levels)
		}
		largest, most := 0.0, 1e-13
		if c.precision == Mixed {
			most = 1e-6 // of float32, in the first cycles
		}
		for _, v := range u[0].Interior() {
			largest = max(largest, v, -v)
		}
		values := u[1].Interior()
		for i, v := range u[0].Interior() {
			if d := values[i] - v; !(max(d, -d) <= most*largest) {
				t.Errorf("%v, precision %d: value %d is off by %g", c.a, c.precision, i, d)
				break
			}
		}
	}
}

// What an Emitter cannot make ends the set-up in one line.
func TestEmittedMistakes(t *testing.T) {
	calls := 0
	a := stencil.Laplacian(square(t, 32))
	other := stencil.Laplacian(square(t, 16))
	for want, s := range map[string]EmittedSmoother{
		"operator 1 of 1; want less": {overDiagonal(&calls, .7), 1},
		"no idea":                    {&Emitter{Name: "none", Emit: func(stencil.Operator) ([]stencil.Operator, error) { return nil, errors.New("no idea") }}, 0},
		"want an operator on that grid": {&Emitter{Name: "other", Emit: func(stencil.Operator) ([]stencil.Operator, error) {
			return []stencil.Operator{other}, nil
		}}, 0},
	} {
		settings := DefaultSettings()
		settings.Smoother = s
		if _, err := NewSolver(a, settings); err == nil || !strings.Contains(err.Error(), want) || strings.ContainsRune(err.Error(), '\n') {
			t.Errorf("error %v; want one line with %q", err, want)
		}
	}
}

// The operators that are emitted for variable coefficients are counted, before they are made: two
// of nine fields a level.
func TestEmittedMemory(t *testing.T) {
	grid := square(t, 128)
	a := roughFaces(t, grid)
	calls := 0
	e := overDiagonal(&calls, .7, .9)
	bytes := func(s Smoother) int64 {
		settings := DefaultSettings()
		settings.Smoother, settings.Coarsening = s, Galerkin{}
		n, err := Memory(a, settings)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	k := kernelOf(2, 3)
	if _, constant := a.Kernel(); constant {
		t.Fatal("a constant operator; want one that varies")
	}
	more := bytes(Sequence{EmittedSmoother{e, 0}, EmittedSmoother{e, 1}}) - bytes(Sequence{k, k})
	if field := pde.FieldBytes[float64](grid); more < 18*field || more > 27*field {
		t.Errorf("%d bytes more; want those of 18 fields of every level, %d on the finest", more, 18*field)
	}
	if calls != 0 {
		t.Errorf("asked %d times to count memory; want none", calls)
	}
}
