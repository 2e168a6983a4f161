package elliptic

import (
	"math"
	"strings"
	"testing"

	"mgtool/pde"
)

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v; want an error in one line with %q", err, want)
	}
}

// What makes no linear system is refused, with the name of the number and its place.
func TestRefusals(t *testing.T) {
	side := Condition{Kind: pde.Neumann}
	array := func(n, at int, v float64) Coefficient {
		list := make([]float64, n)
		for i := range list {
			list[i] = 1
		}
		list[at] = v
		return Array(list)
	}
	for want, change := range map[string]func(e *Equation){
		"a grid without axes":                                                 func(e *Equation) { e.Grid = pde.Grid{} },
		"the reaction c is -1; want 0 or more":                                func(e *Equation) { e.Reaction = Constant(-1) },
		"the reaction c is -2 at x index 3, y index 1":                        func(e *Equation) { e.Reaction = array(48, 11, -2) },
		"the reaction c is -0.25 at (0.125, 0.375)":                           func(e *Equation) { e.Reaction = Function(func(x, y, _ float64) float64 { return x*4 - y*2 }) },
		"the diffusion a is -1; want 0 or more":                               func(e *Equation) { e.Diffusion.XX = Constant(-1) },
		"the diffusion a is 0 along every axis":                               func(e *Equation) { e.Diffusion.XX = Constant(0) },
		"the diffusion a_yy is NaN":                                           func(e *Equation) { e.Diffusion = Tensor{XX: Constant(1), YY: Constant(math.NaN())} },
		"a_xx; want it, too":                                                  func(e *Equation) { e.Diffusion.YY = Constant(1) },
		"a_zz is given in dimension 2":                                        func(e *Equation) { e.Diffusion = Tensor{XX: Constant(1), ZZ: Constant(1)} },
		"the diffusion a is NaN at x index 2, y index 0":                      func(e *Equation) { e.Diffusion.XX = array(63, 2, math.NaN()) },
		"0 along every axis at x index 5, y index 2":                          func(e *Equation) { e.Diffusion.XX = array(48, 21, 0) },
		"48, of the shape (6, 8), or for each point, 63, of the shape (7, 9)": func(e *Equation) { e.Source = Array(make([]float64, 64)) },
		"the source is +Inf at x index 8, y index 6":                          func(e *Equation) { e.Source = array(63, 62, math.Inf(1)) },
		"a_xx = 1, a_yy = 1, a_xy = 2 is not definite":                        func(e *Equation) { e.Diffusion = Tensor{XX: Constant(1), XY: Constant(2)} },
		"a_xx = 1, a_yy = 1, a_xy = 1.2 is not definite":                      func(e *Equation) { e.Diffusion = Tensor{XX: Constant(1), XY: Constant(1.2)} },
		"a_xx = 1, a_yy = 1, a_xy = -1 is not definite":                       func(e *Equation) { e.Diffusion = Tensor{XX: Constant(1), XY: Constant(-1)} },
		"a_xx = 4, a_yy = 0.25, a_xy = 1 is not definite":                     func(e *Equation) { e.Diffusion = Tensor{XX: Constant(4), YY: Constant(.25), XY: Constant(1)} },
		"harmonic means of a full tensor on a grid of vertices": func(e *Equation) {
			e.Diffusion, e.Average = Tensor{XX: Constant(1), XY: Constant(.5)}, Harmonic
		},
		"arithmetic means of a full tensor on a grid of cells": func(e *Equation) {
			e.Diffusion, e.Grid.Cells, e.Average = Tensor{XX: Constant(1), XY: Constant(.5)}, true, Arithmetic
		},
		"convection along axis 2 in dimension 2":           func(e *Equation) { e.Convection[2] = Constant(1) },
		"the convection b along y is NaN":                  func(e *Equation) { e.Convection[1] = Constant(math.NaN()) },
		"the side x- is periodic and the other one is not": func(e *Equation) { e.Boundary[0][0].Kind = pde.Periodic },
		"the side y+ is periodic and the other one is not": func(e *Equation) { e.Boundary[1][1].Kind = pde.Periodic },
		"side x+ is of kind 9":                             func(e *Equation) { e.Boundary[0][1].Kind = 9 },
		"a condition along axis 2 in dimension 2":          func(e *Equation) { e.Boundary[2][0] = side },
		"the value on side y- has 8 values; want 9":        func(e *Equation) { e.Boundary[1][0].Value = Array(make([]float64, 8)) },
		"the value on side x- is NaN at (0, 0.5)": func(e *Equation) {
			e.Boundary[0][0].Value = Function(func(_, y, _ float64) float64 { return math.Sqrt(.45 - y) })
		},
		"the Robin coefficient on side x+ is -1":                                  func(e *Equation) { e.Boundary[0][1] = Condition{Kind: pde.Neumann, Alpha: Constant(-1)} },
		"a Robin coefficient on side x-, which is a Dirichlet side":               func(e *Equation) { e.Boundary[0][0].Alpha = Constant(1) },
		"the value on side x- is given, but the side is periodic":                 func(e *Equation) { e.Boundary[0] = periodic(); e.Boundary[0][0].Value = Constant(1) },
		"8 coordinates along axis 0; want 9":                                      func(e *Equation) { e.Grid.Stretch = &pde.Coordinates{make([]float64, 8)} },
		"the coordinates along axis 1 are 3 and then 3 at place 4":                func(e *Equation) { e.Grid.Stretch = &pde.Coordinates{nil, {0, 1, 2, 3, 3, 5, 6}} },
		"coordinate 2 along axis 1 is NaN":                                        func(e *Equation) { e.Grid.Stretch = &pde.Coordinates{nil, {0, 1, math.NaN(), 3, 3, 5, 6}} },
		"the mask has 48 states; want 63":                                         func(e *Equation) { e.Mask = &Mask{State: make([]State, 48)} },
		"the mask has 63 cells; want 48":                                          func(e *Equation) { e.Mask = &Mask{Cells: make([]bool, 63)} },
		"the state of point 1 of the mask is 3":                                   func(e *Equation) { e.Mask = &Mask{State: make([]State, 63)}; e.Mask.State[1] = 3 },
		"the value of the mask is NaN":                                            func(e *Equation) { e.Mask = &Mask{State: make([]State, 63), Value: Constant(math.NaN())} },
		"Mehrstellen scheme with variable or anisotropic a":                       func(e *Equation) { e.Scheme, e.Diffusion = Mehrstellen, Tensor{XX: Constant(1), YY: Constant(2)} },
		"Mehrstellen scheme with a reaction":                                      func(e *Equation) { e.Scheme, e.Reaction = Mehrstellen, Constant(1) },
		"Mehrstellen scheme with a Neumann side":                                  func(e *Equation) { e.Scheme, e.Boundary[0][1] = Mehrstellen, side },
		"Mehrstellen scheme with a mask":                                          func(e *Equation) { e.Scheme, e.Mask = Mehrstellen, &Mask{} },
		"Mehrstellen scheme on a grid of cells":                                   func(e *Equation) { e.Scheme, e.Grid.Cells = Mehrstellen, true },
		"Mehrstellen scheme on unequal widths":                                    func(e *Equation) { e.Scheme, e.Grid.Stretch = Mehrstellen, &pde.Coordinates{} },
		"Mehrstellen scheme with a_xy or convection":                              func(e *Equation) { e.Scheme, e.Convection[0] = Mehrstellen, Constant(1) },
		"Mehrstellen scheme with a source for each cell; want one for each point": func(e *Equation) { e.Scheme, e.Source = Mehrstellen, array(48, 0, 1) },
		"the scheme is 7":                                                         func(e *Equation) { e.Scheme = 7 },
		"the average is 3":                                                        func(e *Equation) { e.Average = 3 },
		"the scheme of convection is -1":                                          func(e *Equation) { e.Upwind = -1 },
	} {
		e := Equation{Grid: newGrid(t, []int{8, 6}, []float64{1, .75})}
		change(&e)
		s, err := e.Discretize()
		wantError(t, err, want)
		if s != nil && err != nil {
			t.Errorf("%s: a system beside the error", want)
		}
	}
	s := discretize(t, Equation{Grid: newGrid(t, []int{8, 6}, []float64{1, 1})})
	_, err := s.Flux(nil)
	wantError(t, err, "u is not on the grid of the system")
	_, err = s.Balance(pde.NewField[float64](newGrid(t, []int{8, 7}, []float64{1, 1})))
	wantError(t, err, "u is not on the grid of the system")
	wantError(t, s.SetSource(Constant(math.NaN())), "the source is NaN")
}

// Places in arrays have as many indices as the grid has axes.
func TestIndicesOfAxes(t *testing.T) {
	for dim, want := range []string{1: "at x index 0; want", 2: "at x index 0, y index 0; want", 3: "at x index 0, y index 0, z index 0; want"} {
		if dim == 0 {
			continue
		}
		cells := make([]float64, 1<<dim) // two along each axis
		e := Equation{Grid: newGrid(t, []int{2, 2, 2}[:dim], []float64{1, 1, 1}[:dim]), Diffusion: Tensor{XX: Array(cells)}}
		_, err := e.Discretize()
		wantError(t, err, want)
		cells[0] = math.NaN()
		_, err = e.Discretize()
		wantError(t, err, want)
	}
}

// A convected equation and one with faces are the same where the flow is 0.
func TestRowsAreFaces(t *testing.T) {
	for seed := range uint64(100) {
		e := chance(t, seed)
		e.Convection = [3]Coefficient{}
		faces := discretize(t, e)
		e.Convection[0] = Constant(0)
		rows := discretize(t, e)
		a, err := faces.A.Matrix()
		if err != nil {
			t.Fatal(err)
		}
		b, err := rows.A.Matrix()
		if err != nil {
			t.Fatal(err)
		}
		size := 0.0
		b.DoNonZero(func(_, _ int, v float64) { size = max(size, math.Abs(v)) })
		n, _ := a.Dims()
		for i := range n {
			for j := range n {
				if v, w := a.At(i, j), b.At(i, j); !(math.Abs(v-w) <= 1e-14*size) {
					t.Fatalf("seed %d: entry (%d, %d) is %g by faces, %g by rows", seed, i, j, v, w)
				}
			}
		}
	}
}

// Tensors just inside the bound a_xx a_yy > a_xy² are taken.
func TestNearlySingularTensors(t *testing.T) {
	for _, a := range []Tensor{
		{XX: Constant(1), XY: Constant(.999)},
		{XX: Constant(4), YY: Constant(.25), XY: Constant(-.999)},
		{XX: Constant(4), YY: Constant(1), XY: Constant(1.999)},
		{XX: Constant(1e-200), YY: Constant(1e-200), XY: Constant(.999e-200)},
	} {
		if _, err := (Equation{Grid: newGrid(t, []int{6, 6}, []float64{1, 1}), Diffusion: a}).Discretize(); err != nil {
			t.Error(err)
		}
	}
}
