package multigrid

// Smoothers by a kernel in units free of the mesh.

import (
	"fmt"
	"math"

	"mgtool/pde/stencil"
)

// KernelSmoother is the correction
//
//	u ← u + K ∗ (r/D),   r = g − A u,
//
// by a kernel K of 3 or 5 points along every axis, and D the diagonal of A at each vertex: the
// same numbers serve on every grid, and for an A whose size varies from vertex to vertex.
// Beyond a side that is not periodic r is 0. ω-Jacobi is its case K = ω at the centre.
type KernelSmoother struct {
	Name    string
	Width   int       // 3 or 5
	Weights []float64 // Width^d of them, x fastest: entry i multiplies the value at offset i − Width/2
}

// Validate implements [Smoother].
func (s KernelSmoother) Validate() error {
	if s.Width != 3 && s.Width != 5 {
		return fmt.Errorf("multigrid: smoother %v has a kernel %d points wide; want 3 or 5", s, s.Width)
	}
	if n, w := len(s.Weights), s.Width; n != w && n != w*w && n != w*w*w {
		return fmt.Errorf("multigrid: smoother %v has %d weights; want %d, %d or %d in one, two or three dimensions", s, n, w, w*w, w*w*w)
	}
	for i, v := range s.Weights {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("multigrid: weight %d of smoother %v is %g; want a finite number", i, s, v)
		}
	}
	return nil
}

func (s KernelSmoother) String() string { return s.Name }

// Fits reports weights that are not as many as a kernel in dim dimensions has.
func (s KernelSmoother) Fits(dim int) error {
	want := 1
	for range dim {
		want *= s.Width
	}
	if len(s.Weights) != want {
		return fmt.Errorf("multigrid: smoother %v has %d weights; want %d in dimension %d", s, len(s.Weights), want, dim)
	}
	return nil
}

func (s KernelSmoother) sweeps(p place) ([]sweep, error) {
	if err := s.Fits(p.dim); err != nil {
		return nil, err
	}
	return []sweep{{order: correction, kernel: &s}}, nil
}

// Each calls body with every weight and its offset, in dim dimensions; Weights must be as many.
func (s KernelSmoother) Each(dim int, body func(offset [3]int, weight float64)) {
	for i, v := range s.Weights {
		var at [3]int
		for d := range dim {
			at[d] = i%s.Width - s.Width/2
			i /= s.Width
		}
		body(at, v)
	}
}

// narrow is a kernel of three points along every axis.
func (s KernelSmoother) narrow() (k stencil.Kernel) {
	copy(k[map[int]int{3: 12, 9: 9, 27: 0}[len(s.Weights)]:], s.Weights)
	return k
}

// wide is one of five, by the index 25(2+dz)+5(2+dy)+2+dx.
func (s KernelSmoother) wide() (k [125]float64) {
	copy(k[map[int]int{5: 60, 25: 50, 125: 0}[len(s.Weights)]:], s.Weights)
	return k
}
