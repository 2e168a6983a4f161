package tool

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/pde"
	"mgtool/pde/file"
)

// stacked writes right sides along a leading axis, and returns their fields.
func stacked(t *testing.T, grid pde.Grid, count int, g func(k int, x, y float64) float64) (path string, gs []*pde.Field[float64]) {
	t.Helper()
	for k := range count {
		f := pde.NewField[float64](grid)
		at := func(x, y, _ float64) float64 { return g(k, x, y) }
		f.FillInterior(at)
		f.FillBoundary(at)
		gs = append(gs, f)
	}
	path = filepath.Join(t.TempDir(), "gs.npy")
	if err := file.WriteNPYs(path, gs); err != nil {
		t.Fatal(err)
	}
	return path, gs
}

// Several right sides have the solutions of each alone, in order, in a file and on standard
// output; the report counts them.
func TestSeveralRightSides(t *testing.T) {
	grid, _ := pde.NewGrid([]int{12, 10}, []float64{.1, .1})
	stack, gs := stacked(t, grid, 3, func(k int, x, y float64) float64 { return math.Cos(float64(k+1)*x) + y })
	st := Statement{N: grid.N[:2], Size: []float64{1.2, 1}, A: "1+x", C: "1", Boundary: "x-:neumann=1,y+:dirichlet=2", RHS: stack}
	dir := t.TempDir()
	s := stating(st)
	s.Out = filepath.Join(dir, "us.npy")
	r := solved(t, s)
	all, err := file.ReadArray(s.Out, file.PointShape(grid).Several())
	if err != nil || r.RightSides != 3 || !(r.SolveS > 0) {
		t.Fatalf("%v, %d right sides in %g s", err, r.RightSides, r.SolveS)
	}
	piped := stating(st)
	var out strings.Builder
	piped.Out, piped.Output = "-", &out
	solved(t, piped)
	if b, err := os.ReadFile(s.Out); err != nil || string(b) != out.String() {
		t.Errorf("%d bytes in the file, %d on standard output, %v", len(b), out.Len(), err)
	}
	for k, g := range gs {
		alone := stating(st)
		alone.RHS, alone.Out = filepath.Join(dir, "g.npy"), filepath.Join(dir, "u.npy")
		if err := file.WriteNPY(alone.RHS, g); err != nil {
			t.Fatal(err)
		}
		solved(t, alone)
		u, err := file.ReadArray(alone.Out, file.PointShape(grid))
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range u {
			if math.Abs(all[k*len(u)+i]-v) > 1e-9 {
				t.Fatalf("right side %d, value %d: %.15g among others, %.15g alone", k, i, all[k*len(u)+i], v)
			}
		}
	}
	for want, change := range map[string]func(s *Solve){
		"--out u.vti with several":     func(s *Solve) { s.Out = "u.vti" },
		"--nonlinear u^2 with several": func(s *Solve) { s.Nonlinear = "u^2" },
		"--balance with several":       func(s *Solve) { s.Balance = true },
		"--method direct with several": func(s *Solve) { s.Name = "direct" },
	} {
		s := stating(st)
		change(&s)
		_, err := s.Prepare(context.Background(), Reporter{})
		if usage := (*UsageError)(nil); !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want a usage error with %q", err, want)
		}
	}
}

// Steps in time take one right side.
func TestSeveralInTime(t *testing.T) {
	grid, _ := pde.Unit(2, 8)
	stack, _ := stacked(t, grid, 2, func(int, float64, float64) float64 { return 1 })
	e := Evolve{Solve: stating(Statement{N: []int{8}, RHS: stack}), DT: .1, Steps: 1, Every: 1, Scheme: "euler"}
	if _, err := e.Run(context.Background(), Reporter{}); err == nil || !strings.Contains(err.Error(), "with 2 right sides and steps in time; want one") {
		t.Errorf("%v; want a refusal", err)
	}
}

// Without given values, the means of all right sides are taken out, so that those which
// differ by constants have one solution; the largest is reported.
func TestSeveralSingular(t *testing.T) {
	grid, _ := pde.Unit(1, 16)
	stack, _ := stacked(t, grid, 3, func(k int, x, _ float64) float64 {
		return []float64{1, -3, 2}[k] + math.Cos(2*math.Pi*x)
	})
	s := stating(Statement{Dim: 1, N: []int{16}, RHS: stack, Boundary: "x:neumann"})
	s.Out = filepath.Join(t.TempDir(), "us.npy")
	if r := solved(t, s); math.Abs(r.Defect+3) > 1e-12 {
		t.Errorf("defect %g; want −3", r.Defect)
	}
	all, err := file.ReadArray(s.Out, file.PointShape(grid).Several())
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range all[:17] {
		if math.Abs(v-all[17+i]) > 1e-10 || math.Abs(v-all[34+i]) > 1e-10 {
			t.Errorf("value %d: %g, %g, %g; want the same", i, v, all[17+i], all[34+i])
		}
	}
}

// Along a periodic axis, where vertices 0 and N are one, g at N counts, and u is at both.
func TestPeriodicEnds(t *testing.T) {
	grid, _ := pde.Unit(2, 8)
	solve := func(first, last float64) float64 {
		s := stating(Statement{N: []int{8}, Boundary: "x:periodic", RHS: npyOf(t, grid, func(x, _, _ float64) float64 {
			switch x {
			case 0:
				return first
			case 1:
				return last
			}
			return 1
		})})
		s.Out = filepath.Join(t.TempDir(), "u.npy")
		solved(t, s)
		u, err := file.ReadArray(s.Out, file.PointShape(grid))
		if err != nil {
			t.Fatal(err)
		}
		if u[4*9] != u[4*9+8] {
			t.Errorf("u is %g at 0 and %g at N; want the same", u[4*9], u[4*9+8])
		}
		return u[4*9]
	}
	one := solve(1, 1)
	if two := solve(7, 1); one != two {
		t.Errorf("u is %g, and %g with another value at vertex 0", one, two)
	}
	if two := solve(1, 7); one == two {
		t.Errorf("u is %g whatever the value at vertex N", one)
	}
}

// A method from a file solves several right sides with one set-up, and what takes over from one
// that fails does, in each of them.
func TestSeveralByFile(t *testing.T) {
	grid, _ := pde.Unit(2, 32)
	stack, gs := stacked(t, grid, 3, func(k int, x, y float64) float64 { return math.Cos(float64(k+1)*x) + y })
	for _, one := range []struct {
		name     string
		b        []float64
		krylov   string
		fallback string
	}{{"learned", learned, "", ""}, {"B = −1", []float64{0, 0, 0, 0, -1, 0, 0, 0, 0}, "none", fallbackClassical}, {"B = 0.3/D with a Krylov method", []float64{0, 0, 0, 0, .3, 0, 0, 0, 0}, "", fallbackKrylov}} {
		s := stating(Statement{N: []int{32}, RHS: stack})
		s.Name, s.Krylov, s.Out = writeMethod(t, one.b...), one.krylov, filepath.Join(t.TempDir(), "us.npy")
		r := solved(t, s)
		if r.Fallback != one.fallback || r.RightSides != 3 || !(r.TrueResidual <= 1.01e-8) {
			t.Errorf("%s: fallback %q, %d right sides, residual %g; want %q, 3 and 1e-8", one.name, r.Fallback, r.RightSides, r.TrueResidual, one.fallback)
		}
		all, err := file.ReadArray(s.Out, file.PointShape(grid).Several())
		if err != nil {
			t.Fatal(err)
		}
		for k, g := range gs {
			alone := stating(Statement{N: []int{32}, RHS: filepath.Join(t.TempDir(), "g.npy")})
			alone.Out = filepath.Join(t.TempDir(), "u.npy")
			if err := file.WriteNPY(alone.RHS, g); err != nil {
				t.Fatal(err)
			}
			solved(t, alone)
			u, err := file.ReadArray(alone.Out, file.PointShape(grid))
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range u {
				if math.Abs(all[k*len(u)+i]-v) > 1e-8 {
					t.Fatalf("%s, right side %d, value %d: %.12g; want %.12g", one.name, k, i, all[k*len(u)+i], v)
				}
			}
		}
	}
}
