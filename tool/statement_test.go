package tool

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mgtool/internal/readertest"
	"mgtool/pde"
	"mgtool/pde/file"
)

// stating is a solve of a statement, to rounding.
func stating(s Statement) Solve {
	solve := DefaultSolve()
	solve.Statement, solve.RelTol = s, 1e-12
	return solve
}

// npyOf writes values at the points of a grid.
func npyOf(t *testing.T, grid pde.Grid, f func(x, y, z float64) float64) string {
	t.Helper()
	u := pde.NewField[float64](grid)
	u.FillInterior(f)
	u.FillBoundary(f)
	path := filepath.Join(t.TempDir(), "a.npy")
	if err := file.WriteNPY(path, u); err != nil {
		t.Fatal(err)
	}
	return path
}

// Statements of every kind have the largest errors that were computed by direct solutions
// elsewhere, or those of a linear or quadratic u, which every scheme has exactly.
func TestStatements(t *testing.T) {
	stretched := filepath.Join(t.TempDir(), "x.txt")
	x, sum, width := "0", 0., 1. // 64 cells, the last 100 times the first
	ratio := math.Pow(100, 1./63)
	for range 64 {
		sum, width = sum+width, width*ratio
	}
	at, width := 0., 1.
	for i := range 64 {
		at, width = at+width, width*ratio
		if i == 63 {
			at = sum
		}
		x += fmt.Sprintf(" %.17g", at/sum)
	}
	if err := os.WriteFile(stretched, []byte(x+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	six := Statement{
		G: "8*pi^2*sin(2*pi*x)*sin(2*pi*y)", Exact: "sin(2*pi*x)*sin(2*pi*y)+1",
		Boundary: "y-:neumann=-2*pi*sin(2*pi*x),y+:neumann=2*pi*sin(2*pi*x)",
	}
	ten, forty := six, six
	ten.N, forty.N = []int{10}, []int{40}
	for name, c := range map[string]struct {
		s         Statement
		want, tol float64
	}{
		"Dirichlet and Neumann, n = 10": {ten, 3.045421e-2, 1e-8},
		"Dirichlet and Neumann, n = 40": {forty, 2.045069e-3, 1e-8},
		"unequal widths":                {Statement{Coordinates: stretched, G: "pi^2*sin(pi*x)", Exact: "sin(pi*x)", Discretization: "vertex"}, 2.509438e-3, 1e-8},
		"linear, Neumann":               {Statement{N: []int{16}, G: "0", Exact: "1+x+y", Boundary: "x+:neumann=1,y+:neumann=1"}, 0, 1e-11},
		"linear, Robin":                 {Statement{N: []int{16, 12}, Size: []float64{2, 1}, G: "0", Exact: "1+x+y", Boundary: "x+:robin=2;1+2*(3+y),y-:robin=1;-1+1+x"}, 0, 1e-10},
		"quadratic in a box":            {Statement{N: []int{8, 6, 10}, Size: []float64{2, 3, 1}, G: "-2", Exact: "x^2+y*z"}, 0, 1e-11},
		"tensor":                        {Statement{N: []int{16}, A: "2, 0.5, 1", G: "-4-1", Exact: "x^2+x*y"}, 0, 1e-11},
		"reaction and convection":       {Statement{N: []int{16}, B: "1,2", C: "3", Convection: "central", G: "1+2+3*(x+y)", Exact: "x+y"}, 0, 1e-10},
		"a rule before the solution":    {Statement{N: []int{16}, G: "0", Exact: "0", Boundary: "x:dirichlet=1,y:dirichlet=1"}, 1, 1e-10},
		"cells":                         {Statement{N: []int{16}, Discretization: "cell", G: "0", Exact: "1+x+y", Boundary: "y+:neumann=1"}, 0, 1e-11},
	} {
		r := solved(t, stating(c.s))
		if !(math.Abs(r.ErrorMax-c.want) <= c.tol) {
			t.Errorf("%s: largest error %.9g; want %.9g", name, r.ErrorMax, c.want)
		}
	}
}

// Four orders instead of two: halving the cells' widths divides the error by sixteen.
func TestStatedMehrstellen(t *testing.T) {
	var e []float64
	for _, n := range []int{16, 32} {
		e = append(e, solved(t, stating(Statement{N: []int{n}, G: "(1+pi^2)*sin(x)*sin(pi*y)", Exact: "sin(x)*sin(pi*y)", Discretization: "mehrstellen"})).ErrorMax)
	}
	if r := e[0] / e[1]; r < 15 || r > 17 {
		t.Errorf("errors %g, ratio %g; want 16", e, r)
	}
}

// The data of a singular problem: the mean is taken out, or the solve refused; u is
// compared but for a constant. What rounding leaves of a mean is no defect.
func TestStatedSingular(t *testing.T) {
	s := stating(Statement{N: []int{64}, G: "cos(pi*x)*cos(pi*y)+3", Exact: "cos(pi*x)*cos(pi*y)/(2*pi^2)+7", Boundary: "x:neumann,y:neumann"})
	r := solved(t, s)
	if want := 0.0506707655728991 - 1/(2*math.Pi*math.Pi); math.Abs(r.ErrorMax-want) > 1e-10 || math.Abs(r.Defect-3) > 1e-12 {
		t.Errorf("largest error %.9g, defect %.15g; want %.9g and 3", r.ErrorMax, r.Defect, want)
	}
	balanced := s
	balanced.G = "cos(pi*x)*cos(pi*y)"
	if r := solved(t, balanced); r.Defect != 0 {
		t.Errorf("defect %g of balanced data; want 0", r.Defect)
	}
	s.Singular = "refuse"
	for _, method := range []string{"auto", "direct"} {
		s.Name = method
		p, err := s.Prepare(context.Background(), Reporter{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "no solution") {
			t.Errorf("%s: %v; want a refusal", method, err)
		}
		balanced.Name, balanced.Singular = method, "refuse"
		solved(t, balanced)
	}
	s.Name, s.Singular = "direct", "project"
	if r := solved(t, s); r.TrueResidual > 1e-10 || math.Abs(r.Defect-3) > 1e-12 {
		t.Errorf("direct: residual %g, defect %.15g; want 0 and 3", r.TrueResidual, r.Defect)
	}
}

// Of the solutions of a singular problem that one is returned that has the mean 0 over the
// domain, on unequal widths, too; with convection the error says that g may have none.
func TestStatedMean(t *testing.T) {
	x := []float64{0, .1, .3, .35, .7, 1}
	path := filepath.Join(t.TempDir(), "x.txt")
	if err := os.WriteFile(path, []byte("0 .1 .3 .35 .7 1\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, centring := range []string{"vertex", "cell"} {
		s := stating(Statement{Coordinates: path, G: "x", Boundary: "x:neumann=0", Discretization: centring})
		p, err := s.Prepare(context.Background(), Reporter{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		u, mean, size := p.system.U.Row(0, 0)[1:], 0.0, 0.0
		for i := range len(x) - 1 { // u is that of a cell, or that of its two ends
			h := x[i+1] - x[i]
			if v := u[i]; centring == "cell" {
				mean, size = mean+h*v, max(size, math.Abs(v))
			} else {
				mean, size = mean+h*(v+u[i+1])/2, max(size, math.Abs(v))
			}
		}
		if !(size > 1e-3) || math.Abs(mean) > 1e-12 {
			t.Errorf("%s: u up to %g with the mean %g; want 0", centring, size, mean)
		}
	}
	s := stating(Statement{Dim: 1, N: []int{53}, G: "1+cos(2*pi*x)", B: "sin(2*pi*x)", Boundary: "x:periodic"})
	p, err := s.Prepare(context.Background(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "g has no solution") {
		t.Errorf("%v; want an error that says that g may have no solution", err)
	}
}

// A conductor in the middle of a square, cut out by a mask of vertices and by a picture of
// cells.
func TestStatedMask(t *testing.T) {
	const n = 64
	grid, _ := pde.Unit(2, n)
	inside := func(x float64) bool { return x >= .25 && x <= .75 }
	vertices := npyOf(t, grid, func(x, y, _ float64) float64 {
		if inside(x) && inside(y) {
			return 0
		}
		return 1
	})
	img := image.NewGray(image.Rect(0, 0, n, n))
	for y := range n {
		for x := range n {
			if img.Pix[y*n+x] = 255; x >= 16 && x < 48 && y >= 16 && y < 48 {
				img.SetGray(x, y, color.Gray{})
			}
		}
	}
	picture := filepath.Join(t.TempDir(), "body.png")
	f, err := os.Create(picture)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
		t.Fatal(err)
	}
	for _, mask := range []string{vertices, picture} {
		s := stating(Statement{N: []int{n}, G: "0", Mask: mask, MaskBoundary: "dirichlet=1"})
		s.Out = filepath.Join(t.TempDir(), "u.npy")
		solved(t, s)
		u, err := file.ReadArray(s.Out, file.PointShape(grid))
		if err != nil {
			t.Fatal(err)
		}
		if a, b := u[8*(n+1)+32], u[8*(n+1)+8]; math.Abs(a-.488771000104) > 1e-9 || math.Abs(b-.198749367630) > 1e-9 {
			t.Errorf("%s: u(½,⅛) = %.12f, u(⅛,⅛) = %.12f; want 0.488771000104, 0.198749367630", mask, a, b)
		}
		if c := u[32*(n+1)+32]; c != 1 {
			t.Errorf("%s: u in the body is %.17g; want the 1 that is given", mask, c)
		}
	}
}

// Outside a domain without flux u is 0, not what iterations leave of the first guess; in
// time, too, from the start.
func TestOutside(t *testing.T) {
	const n = 32
	grid, _ := pde.Unit(2, n)
	mask := npyOf(t, grid, func(x, _, _ float64) float64 {
		if x <= .5 {
			return 1
		}
		return 0
	})
	st := Statement{N: []int{n}, G: "0", C: "4", Mask: mask, MaskBoundary: "neumann", Exact: "1", Boundary: "x:neumann,y-:dirichlet=1,y+:neumann"}
	s := stating(st)
	s.Out = filepath.Join(t.TempDir(), "u.npy")
	if r := solved(t, s); !math.IsNaN(r.ErrorL2) {
		t.Errorf("error %g with a mask; want none", r.ErrorL2)
	}
	e := Evolve{Solve: stating(st), DT: 1e-3, Steps: 1, Every: 1, Scheme: "euler", Folder: t.TempDir()}
	e.Start = "1"
	if _, err := e.Run(context.Background(), Reporter{}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{s.Out, filepath.Join(e.Folder, "u-000000.npy"), filepath.Join(e.Folder, "u-000001.npy")} {
		u, err := file.ReadArray(path, file.PointShape(grid))
		if err != nil {
			t.Fatal(err)
		}
		if inside, outside := u[16*(n+1)+8], u[16*(n+1)+28]; inside < .1 || outside != 0 {
			t.Errorf("%s: u is %g inside and %g outside; want more than 0.1, and 0", path, inside, outside)
		}
	}
}

// A step in time keeps what is given around a mask, however rough the start.
func TestStepKeepsGiven(t *testing.T) {
	const n = 32
	grid, _ := pde.Unit(2, n)
	mask := npyOf(t, grid, func(x, y, _ float64) float64 {
		if x >= .25 && x <= .75 && y >= .25 && y <= .75 {
			return 0
		}
		return 1
	})
	e := Evolve{Solve: stating(Statement{N: []int{n}, G: "0", Mask: mask, MaskBoundary: "dirichlet=1"}), DT: .01, Steps: 1, Every: 1, Scheme: "euler", Folder: t.TempDir()}
	e.Start = "1000*sin(40*x)*sin(40*y)"
	if _, err := e.Run(context.Background(), Reporter{}); err != nil {
		t.Fatal(err)
	}
	u, err := file.ReadArray(filepath.Join(e.Folder, "u-000001.npy"), file.PointShape(grid))
	if err != nil {
		t.Fatal(err)
	}
	if body := u[16*(n+1)+16]; math.Abs(body-1) > 1e-9 {
		t.Errorf("u in the body is %g; want the 1 that is given", body)
	}
}

// Arrays of vertices mean what formulas mean, in every place that takes one; so does what
// comes from standard input, and u goes to standard output as it goes to a file.
func TestStatedArrays(t *testing.T) {
	grid, _ := pde.NewGrid([]int{20, 15}, []float64{.05, .05})
	byText := Statement{N: grid.N[:2], Size: []float64{1, .75}, G: "1+x", A: "2+x", C: "1+y", Exact: "x*y", Average: "arithmetic"}
	byArray := byText
	byArray.G = ""
	byArray.RHS = npyOf(t, grid, func(x, _, _ float64) float64 { return 1 + x })
	byArray.A = npyOf(t, grid, func(x, _, _ float64) float64 { return 2 + x })
	byArray.C = npyOf(t, grid, func(_, y, _ float64) float64 { return 1 + y })
	one, two := stating(byText), stating(byArray)
	var out strings.Builder
	one.Out = filepath.Join(t.TempDir(), "u.npy")
	two.Out, two.Output = "-", &out
	piped, err := os.Open(two.RHS)
	if err != nil {
		t.Fatal(err)
	}
	defer piped.Close()
	two.RHS, two.Input = "-", piped
	a, b := solved(t, one), solved(t, two)
	if math.Abs(a.ErrorMax-b.ErrorMax) > 1e-9*a.ErrorMax {
		t.Errorf("errors %g by formulas, %g by arrays", a.ErrorMax, b.ErrorMax)
	}
	written, err := os.ReadFile(one.Out)
	if err != nil || len(written) != len(out.String()) {
		t.Errorf("%d bytes in a file, %d on standard output, %v", len(written), out.Len(), err)
	}
	three := stating(byText)
	three.Start = one.Out
	if r := solved(t, three); r.Cycles > 1 {
		t.Errorf("%d cycles from the solution", r.Cycles)
	}
	three.Exact = one.Out
	three.Boundary = "x+:dirichlet=y,y+:dirichlet=0.75*x"
	if r := solved(t, three); r.ErrorMax > 1e-10 {
		t.Errorf("error %g against the solution itself", r.ErrorMax)
	}
}

// A statement that makes no sense is a usage error that names the flag.
func TestStatementsRefused(t *testing.T) {
	grid, _ := pde.Unit(2, 8)
	nothing := npyOf(t, grid, func(_, _, _ float64) float64 { return 0 })
	for want, s := range map[string]Statement{
		"--n has 3 numbers, and --dim means 2":         {Dim: 2, N: []int{8, 8, 8}},
		"--size has 2 numbers, and --n means 3":        {N: []int{8, 8, 8}, Size: []float64{1, 2}},
		"--dim means 4 axes":                           {Dim: 4},
		"--g: expression \"q\": unknown name":          {G: "q"},
		"--g: expression \"z\": unknown name \"z\"":    {G: "z", Dim: 2},
		"--problem, --g and --rhs all":                 {G: "1", Problem: "ones"},
		"--a 1,2,3,4 has 4 entries":                    {G: "1", A: "1,2,3,4"},
		"--a 1,2 has 2 entries; want 1 in dimension 1": {G: "1", A: "1,2", Dim: 1},
		"--b 1 has 1 entries; want 2":                  {G: "1", B: "1"},
		"--boundary: side \"q\"":                       {G: "1", Boundary: "q:neumann"},
		"--boundary: expression \"1 +\"":               {G: "1", Boundary: "x:neumann=1 +"},
		"--discretization corner; want vertex":         {G: "1", Discretization: "corner"},
		"--convection down; want upwind or central":    {G: "1", Convection: "down"},
		"--average mean; want harmonic":                {G: "1", Average: "mean"},
		"--a with problem sine":                        {Problem: "sine", A: "2"},
		"--size with problem briggs":                   {Problem: "briggs", Size: []float64{2}},
		"--mask-boundary neumann without --mask":       {G: "1", MaskBoundary: "neumann"},
		"want dirichlet, dirichlet=VALUE or neumann":   {G: "1", Mask: "m.npy", MaskBoundary: "open"},
		"no unknown lies in the domain":                {G: "1", Mask: nothing, N: []int{8}},
		"--coordinates x with --n":                     {G: "1", Coordinates: "x", N: []int{3}},
		"the diffusion a":                              {G: "1", A: "x-0.5", N: []int{8}},
		"the reaction c":                               {G: "1", C: "-1", N: []int{8}},
		"--nonlinear: expression \"x\": unknown name":  {G: "1", Nonlinear: "x", N: []int{8}},
	} {
		_, err := stating(s).Prepare(context.Background(), Reporter{})
		if usage := (*UsageError)(nil); !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want a usage error with %q", err, want)
		}
	}
}

// A file has all that a statement says.
func TestStatementFile(t *testing.T) {
	var s Statement
	v := reflect.ValueOf(&s).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(fmt.Sprintf("x < %d && y > 0", i))
		case reflect.Int:
			f.SetInt(2)
		}
	}
	s.N, s.Size = []int{8, 6}, []float64{1, .1}
	path := filepath.Join(t.TempDir(), "p.json")
	if err := s.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), "x < 5 && y > 0") {
		t.Errorf("%s, %v; want formulas as they are", text, err)
	}
	if got, err := ReadStatement(path); err != nil || !reflect.DeepEqual(got, s) {
		t.Errorf("%+v, %v; want %+v", got, err, s)
	}
	for text, want := range map[string]string{
		`{"gg": "1"}`:         `unknown key "gg"`,
		`{"g": 1}`:            "key g is number; want text",
		`{"n": "8"}`:          "want a list",
		`{"g": "1", "g": ""}`: "given twice",
		"":                    "empty",
	} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadStatement(path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v; want an error with the file and %q", text, err, want)
		}
	}
	s.RHS = "-"
	if err := s.WriteFile(path); err == nil {
		t.Error("a statement on standard input was saved")
	}
}

// A problem file that is accepted can be meant or is refused in one line, and says the
// same when it is written again.
func FuzzStatement(f *testing.F) {
	for _, text := range []string{`{"n": [4], "g": "1"}`, `{"n": [4, 3, 2], "size": [1, 2, 3], "a": "1,2,3", "b": "1,0,0", "c": "x", "boundary": "x:periodic"}`, `{"dim": 1, "problem": "ones", "discretization": "cell", "n": [5]}`, `{"n": [3], "a": "1,0.1,1", "exact": "x", "boundary": "y+:robin=1;2"}`, `[]`, `{"n": [-1]}`} {
		f.Add([]byte(text))
	}
	dir := f.TempDir()
	path := filepath.Join(dir, "p.json")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		var s Statement
		if readertest.Read(t, 8<<20+100*uint64(len(data)), func() (err error) { s, err = ReadStatement(path); return err }) != nil {
			return
		}
		if err := s.WriteFile(path); s.RHS != "-" {
			if err != nil {
				t.Fatal(err)
			}
			again, err := ReadStatement(path)
			if err != nil || fmt.Sprint(again) != fmt.Sprint(s) {
				t.Fatalf("%+v became %+v, %v", s, again, err)
			}
		}
		// Only what is small, and reads no file of this machine.
		s.RHS, s.Coordinates, s.Mask = "", "", ""
		if len(s.N) == 0 || slices.Max(s.N) > 16 || strings.Contains(strings.ToLower(string(data)), ".np") {
			return
		}
		meant, err := s.mean(strings.NewReader(""))
		if err == nil {
			_, err = meant.equation.Discretize()
		}
		if err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Fatal("an error without a text")
		}
	})
}
