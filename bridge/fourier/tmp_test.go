package fourier

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"mgtool/pde/stencil"
)

func poisson2() Problem {
	return Problem{2, stencil.Plane([3][3]float64{{0, -1, 0}, {-1, 4, -1}, {0, -1, 0}})}
}
func poisson3() Problem {
	p := Problem{Dim: 3}
	p.Operator[13] = 6
	for _, o := range []int{1, 3, 9} {
		p.Operator[13-o], p.Operator[13+o] = -1, -1
	}
	return p
}

// rotated is FD nine-point, C = cos: strong direction along (C,S) with eps
func rotated(eps, degrees float64) Problem {
	s, c := math.Sincos(degrees * math.Pi / 180)
	a := .5 * (eps - 1) * c * s
	b := -(eps*s*s + c*c)
	d := -(eps*c*c + s*s)
	e := 2 * (eps + 1)
	return Problem{2, stencil.Plane([3][3]float64{{a, b, -a}, {d, e, d}, {-a, b, a}})}
}

func TestGrad(t *testing.T) {
	for _, sym := range []bool{true, false} {
		for gamma := 1; gamma <= 2; gamma++ {
			p := newParameters(poisson2(), Spec{Pre: 2, Post: 1, Width: 3, Symmetric: sym, Levels: 2, Cyclic: sym, Restriction: true, Prolongation: true, Gamma: gamma})
			o := newObjective(poisson2(), p, 8, 3, 2, 1)
			rng := rand.New(rand.NewPCG(1, 1))
			x := make([]float64, p.count())
			for i := range x {
				x[i] = .1 * rng.NormFloat64()
			}
			o.evaluate(x)
			g := append([]float64(nil), o.grad...)
			worst := 0.0
			for i := range x {
				y := append([]float64(nil), x...)
				y[i] += 1e-6
				o.evaluate(y)
				hi := o.loss
				y[i] -= 2e-6
				o.evaluate(y)
				worst = max(worst, math.Abs(g[i]-(hi-o.loss)/2e-6))
			}
			fmt.Println(o.loss, worst)
		}
	}
}

var which = flag.String("which", "", "")
var starts_ = flag.Int("starts", 12, "")
var cells_ = flag.Int("cells", 0, "")
var seed_ = flag.Uint64("seed", 1, "")
var out = flag.String("out", "", "")
var pre, post, levels, width = flag.Int("pre", 1, ""), flag.Int("post", 1, ""), flag.Int("levels", 3, ""), flag.Int("width", 3, "")
var sym, rr, pp, cyc = flag.Bool("sym", true, ""), flag.Bool("r", false, ""), flag.Bool("p", false, ""), flag.Bool("cyclic", false, "")
var eps, theta = flag.Float64("eps", 100, ""), flag.Float64("theta", 0, "")

func TestSearch(t *testing.T) {
	var pr Problem
	switch *which {
	case "2":
		pr = poisson2()
	case "3":
		pr = poisson3()
	case "rot":
		pr = rotated(*eps, *theta)
	default:
		t.Skip()
	}
	s := Spec{Pre: *pre, Post: *post, Width: *width, Symmetric: *sym, Levels: *levels, Cyclic: *cyc, Restriction: *rr, Prolongation: *pp, Gamma: 1}
	begin := time.Now()
	last := ""
	lastf := 0.0
	m, err := Optimise(context.Background(), pr, s, Options{Starts: *starts_, Seed: *seed_, Cells: *cells_, Progress: func(p Progress) {
		if p.Stage != last && last != "" && !strings.HasPrefix(last, "startx") {
			fmt.Fprintln(os.Stderr, last, lastf, time.Since(begin))
		}
		last, lastf = p.Stage, p.Factor
	}})
	fmt.Println(s, m.About, err, time.Since(begin))
	if *out != "" {
		if err := m.Write(*out); err != nil {
			t.Fatal(err)
		}
	}
}
