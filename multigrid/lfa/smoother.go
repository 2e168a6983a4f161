package lfa

// Smoothers on harmonics.

import (
	"fmt"
	"math"
	"slices"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde/stencil"
)

// sweep is one pass of relaxation. With C the part of A that is solved for and χ the
// indicator of a colour,
//
//	d += ω χ C⁻¹ (r − A d).
//
// C is the diagonal for points, with the couplings along x for lines, with those within planes
// for these, which are taken to be solved exactly, and with those of points
// that come before for Gauss–Seidel. The correction by a stencil is d += B (r − A d).
type sweep struct {
	solved     stencil.Kernel // C
	correction []tap          // B, where C is 0
	omega      float64
	colours    []colour // χ is the product of these
}

// tap is a coefficient of a stencil and its offset.
type tap struct {
	at [3]int
	c  float64
}

// symbolOf is Σ c e^{iθ·o} over the taps.
func symbolOf(list []tap, theta [3]float64) (sum complex128) {
	for _, t := range list {
		phase := 0.0
		for d, at := range t.at {
			phase += float64(at) * theta[d]
		}
		sin, cos := math.Sincos(phase)
		sum += complex(t.c*cos, t.c*sin)
	}
	return sum
}

// colour is the indicator of the points whose indices along some axes have an even sum, or
// an odd one: (1 ± e^{iπ Σ i_d})/2, a shift of frequencies by π along these axes.
type colour struct {
	axes [3]bool
	odd  bool
}

// sweeps lists what a smoothing step does with A on a level, before the coarse correction or
// after it. Points take 2^d colours if A is no star;
// with [multigrid.BlackBox] always, and odd indices come first.
func sweeps(s multigrid.Smoother, a stencil.Operator, at int, up, blackBox bool) ([]sweep, error) {
	grid, _ := a.Grids()
	kernel, _ := a.Kernel()
	dim := grid.Dim()
	point := part(kernel, func(o [3]int) bool { return o == [3]int{} })
	switch s := s.(type) {
	case multigrid.Jacobi:
		return []sweep{{solved: point, omega: s.Omega}}, nil
	case multigrid.Chebyshev:
		var list []sweep
		for _, omega := range s.Weights() {
			list = append(list, sweep{solved: point, omega: omega})
		}
		return list, nil
	case multigrid.StencilSmoother:
		b, err := s.B(grid)
		if err != nil {
			return nil, err
		}
		correction, ok := b.Kernel()
		if !ok {
			return nil, fmt.Errorf("lfa: the coefficients of smoother %v vary; want constant ones", s)
		}
		return []sweep{{correction: tapsOf(correction), omega: 1}}, nil
	case multigrid.KernelSmoother:
		if err := s.Fits(dim); err != nil {
			return nil, err
		}
		var list []tap
		s.Each(dim, func(at [3]int, w float64) { list = append(list, tap{at, w / kernel[13]}) })
		return []sweep{{correction: list, omega: 1}}, nil
	case multigrid.GaussSeidel, multigrid.SymmetricGaussSeidel:
		// A = L + D + U, L with the points before this one: L + D forwards, U + D back.
		var forward, backward stencil.Kernel
		copy(forward[:14], kernel[:14])
		copy(backward[13:], kernel[13:])
		list := []sweep{{solved: forward, omega: 1}, {solved: backward, omega: 1}}
		if _, symmetric := s.(multigrid.SymmetricGaussSeidel); !symmetric {
			list = list[:1]
		}
		return list, nil
	case multigrid.Apart:
		if up {
			return sweeps(s.Post, a, at, up, blackBox)
		}
		return sweeps(s.Pre, a, at, up, blackBox)
	case multigrid.Sequence:
		var list []sweep
		for _, each := range s {
			more, err := sweeps(each, a, at, up, blackBox)
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
		}
		return list, nil
	case multigrid.ByLevel:
		return sweeps(s.At(at), a, at, up, blackBox)
	case multigrid.RedBlack:
		list := pointColours(a, point, blackBox)
		for n := range list {
			list[n].omega = s.Omega
		}
		return list, nil
	case multigrid.Colours:
		list := pointColours(a, point, blackBox)
		if len(list) != len(s.Omega) {
			return nil, fmt.Errorf("lfa: smoother %v has %d weights; want %d, one for each colour of %v", s, len(s.Omega), len(list), a)
		}
		for n := range list {
			list[n].omega = s.Omega[n]
		}
		return list, nil
	case multigrid.Lines:
		axes := s.Axes
		if axes == nil {
			axes = []int{0, 1, 2}[:dim]
		}
		var list []sweep
		for _, d := range axes {
			if d >= dim {
				return nil, fmt.Errorf("lfa: smoother %v in dimension %d; want lines along its axes", s, dim)
			}
			list = append(list, blocks(kernel, 1, dim, only(d), true)...)
		}
		return list, nil
	case multigrid.Planes:
		if dim != 3 {
			return nil, fmt.Errorf("lfa: smoother %v in dimension %d; want three dimensions", s, dim)
		}
		axes := s.Across
		if axes == nil {
			axes = []int{0, 1, 2}
		}
		var list []sweep
		for _, across := range axes {
			along := [3]bool{true, true, true}
			along[across] = false
			list = append(list, blocks(kernel, 1, dim, along, true)...)
		}
		return list, nil
	}
	return nil, fmt.Errorf("lfa: no symbol for smoother %v; known: jacobi, gs, sgs, rbgs, rbsor, chebyshev, lines, planes and stencils", s)
}

// pointColours is relaxation of points in two colours if A is a star, else in 2^d.
func pointColours(a stencil.Operator, point stencil.Kernel, blackBox bool) []sweep {
	grid, _ := a.Grids()
	dim := grid.Dim()
	if _, _, star := a.Star(); !star || blackBox {
		return blocks(point, 1, dim, [3]bool{}, blackBox)
	}
	axes := [3]bool{0 < dim, 1 < dim, 2 < dim}
	return []sweep{
		{solved: point, colours: []colour{{axes, false}}},
		{solved: point, colours: []colour{{axes, true}}},
	}
}

// blocks is relaxation of what lies along some axes together: points, lines or planes. Its
// colours are the parities of the indices along the other axes, x first. The order matters:
// points of the coarse grid have even indices, and come last or first.
func blocks(a stencil.Kernel, omega float64, dim int, along [3]bool, oddFirst bool) (list []sweep) {
	solved := part(a, func(o [3]int) bool {
		for d, at := range o {
			if at != 0 && !along[d] {
				return false
			}
		}
		return true
	})
	list = []sweep{{solved: solved, omega: omega}}
	for d := range dim {
		if along[d] {
			continue
		}
		var both []sweep
		for _, odd := range []bool{oddFirst, !oddFirst} {
			for _, one := range list {
				one.colours = append(slices.Clip(one.colours), colour{only(d), odd})
				both = append(both, one)
			}
		}
		list = both
	}
	return list
}

// only is the set of one axis.
func only(d int) (axes [3]bool) {
	axes[d] = true
	return axes
}

// part has the entries of a kernel at some offsets.
func part(k stencil.Kernel, has func(offset [3]int) bool) (p stencil.Kernel) {
	for o, c := range k {
		if has(stencil.Offset(o)) {
			p[o] = c
		}
	}
	return p
}

// relaxation is B of a smoothing step of these sweeps on the harmonics of a level.
func (l *level) relaxation(sweeps []sweep, waves [][3]float64, hat []complex128) cycle.Map[*matrix] {
	inverse := make([][]complex128, len(sweeps))
	for n, s := range sweeps {
		inverse[n] = make([]complex128, len(waves))
		for j, wave := range waves {
			if s.solved != (stencil.Kernel{}) {
				inverse[n][j] = complex(s.omega, 0) / symbol(s.solved, wave)
			} else {
				inverse[n][j] = symbolOf(s.correction, wave)
			}
		}
	}
	return func(r *matrix) *matrix {
		if len(sweeps) == 0 {
			return newMatrix(r.rows, r.columns)
		}
		var d *matrix
		for n, s := range sweeps {
			rest := r
			if d != nil {
				rest = sub(r, d.scaled(hat))
			}
			step := rest.scaled(inverse[n])
			for _, c := range s.colours {
				step = l.coloured(c, step)
			}
			d = add(d, step)
		}
		return d
	}
}

// coloured is what has a colour of the coefficients.
func (l *level) coloured(c colour, u *matrix) *matrix {
	var shift [3]int
	for d, has := range c.axes {
		if has {
			shift[d] = l.m[d] / 2
		}
	}
	sign := complex(.5, 0)
	if c.odd {
		sign = -.5
	}
	v := newMatrix(u.rows, u.columns)
	for n := range u.rows {
		j := l.index(n)
		v.addRow(n, .5, u.row(n))
		v.addRow(l.at([3]int{j[0] + shift[0], j[1] + shift[1], j[2] + shift[2]}), sign, u.row(n))
	}
	return v
}

// symbol is Σ_o k_o e^{iθ·o}.
func symbol(k stencil.Kernel, theta [3]float64) complex128 { return symbolOf(tapsOf(k), theta) }

// tapsOf are the entries of a kernel that are not 0.
func tapsOf(k stencil.Kernel) (list []tap) {
	for o, c := range k {
		if c != 0 {
			list = append(list, tap{stencil.Offset(o), c})
		}
	}
	return list
}
