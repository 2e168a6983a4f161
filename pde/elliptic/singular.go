package elliptic

// Systems whose solution is determined up to a constant only.

import (
	"fmt"
	"math"
	"slices"

	"mgtool/pde"
)

// Weights are ½ for each Neumann side of a grid of vertices that an unknown lies on, 1
// for the others: with W the diagonal matrix of these, W A is symmetric if there is no
// convection. Inner products for conjugate gradients and the means of singular systems
// take these weights.
func (s *System) Weights() *pde.Field[float64] {
	a := s.assembly
	w := pde.NewField[float64](a.grid)
	lo, hi := a.grid.Inside(0)
	a.grid.Rows(func(j, k int) {
		row := w.Row(j, k)
		for i := lo; i < hi; i++ {
			row[i] = a.weight([3]int{i, j, k})
		}
	})
	return w
}

func (s *assembly) weight(x [3]int) float64 {
	w := 1.0
	for d := range s.grid.Dim() {
		w /= s.twice(d, x)
	}
	return w
}

// Singular reports that constants are in the null space of A: nothing says how large u is,
// since there is no Dirichlet side, Fixed point, Robin coefficient or reaction.
func (s *System) Singular() bool { return s.assembly.singular }

// Defect is what the data of a singular system lack to be compatible: the integral of the
// source and of the given flux into the domain, over its volume. Only if it is 0, but for
// rounding, is there a solution. It is 0 for a system that is not singular, and not a
// number for one with convection, whose condition on the data is another.
func (s *System) Defect() float64 {
	a := s.assembly
	if !a.singular {
		return 0
	}
	if a.b != [3]*values{} {
		return math.NaN()
	}
	var data, volume float64
	a.eachInside(func(x [3]int) {
		w := a.weight(x)
		data += w * s.G.At(x[0], x[1], x[2])
		volume += w * a.share(x)
	})
	return data / volume
}

// Project takes the defect out of the source of a singular system, and returns it: G is
// then that of g less the defect, and compatible. A system that is not singular, or has
// convection, stays as it is.
func (s *System) Project() float64 {
	defect := s.Defect()
	if defect == 0 || math.IsNaN(defect) {
		return defect
	}
	a := s.assembly
	s.projected += defect
	a.eachInside(func(x [3]int) {
		s.G.Set(x[0], x[1], x[2], s.G.At(x[0], x[1], x[2])-defect*a.share(x))
	})
	return defect
}

// Mean is the mean of f over the domain, by the parts of it that the control volumes of the
// unknowns are.
func (s *System) Mean(f *pde.Field[float64]) float64 {
	a := s.assembly
	var sum, volume float64
	a.eachInside(func(x [3]int) {
		v := a.weight(x) * a.share(x)
		sum += v * f.At(x[0], x[1], x[2])
		volume += v
	})
	return sum / volume
}

// TakeMean takes the mean out of u: of the solutions of a singular system, which differ by
// a constant, that one is left that has the mean 0. A mean that is not a finite number
// stays.
func (s *System) TakeMean(u *pde.Field[float64]) {
	mean := s.Mean(u)
	if math.IsNaN(mean) || math.IsInf(mean, 0) {
		return
	}
	s.assembly.eachInside(func(x [3]int) {
		u.Set(x[0], x[1], x[2], u.At(x[0], x[1], x[2])-mean)
	})
}

// eachInside calls body for the unknowns that are Inside.
func (s *assembly) eachInside(body func(x [3]int)) {
	lo, hi := s.grid.Inside(0)
	for r := range s.grid.RowCount() {
		j, k := s.grid.RowAt(r)
		for i := lo; i < hi; i++ {
			if x := [3]int{i, j, k}; s.stateAt(x) == Inside {
				body(x)
			}
		}
	}
}

// anchor finds out whether something says how large u is. Where a mask or a = 0 parts the
// domain, that is asked in each of its regions: one that floats beside others is an error,
// since no one constant could be taken out of the data.
func (s *assembly) anchor() error {
	parted := s.state != nil
	anchored := s.c.isConstant() && s.c.constant > 0
	for d := range s.grid.Dim() {
		v := s.a[d]
		parted = parted || v.data == nil && v.constant == 0 || slices.Contains(v.data, 0)
		for end := range 2 {
			anchored = anchored || s.grid.Sides[d][end] == pde.Dirichlet
		}
	}
	if anchored && !parted || s.reaction == nil {
		s.singular = !anchored
		for _, alpha := range s.alpha {
			for _, v := range alpha {
				if v != nil && v.constant > 0 {
					s.singular = false
				}
			}
		}
		return nil
	}
	seen := make([]bool, len(s.reaction.Data()))
	regions, floating := 0, 0
	var somewhere [3]int
	s.eachInside(func(x [3]int) {
		if seen[s.offset(x)] {
			return
		}
		regions++
		if !s.region(x, seen) {
			floating++
			somewhere = x
		}
	})
	if floating > 0 && regions > 1 {
		return fmt.Errorf("elliptic: the domain has %d regions, and in that of the point %s no given value, Robin side or reaction says how large u is; want one in each region", regions,
			s.place(s.grid.Coordinate(0, somewhere[0]), s.grid.Coordinate(1, somewhere[1]), s.grid.Coordinate(2, somewhere[2])))
	}
	s.singular = floating > 0
	return nil
}

// region marks all unknowns that faces connect with x and reports whether one of them has
// a reaction or a Dirichlet side.
func (s *assembly) region(x [3]int, seen []bool) (anchored bool) {
	seen[s.offset(x)] = true
	for front := [][3]int{x}; len(front) > 0; {
		x := front[len(front)-1]
		front = front[:len(front)-1]
		anchored = anchored || s.reaction.At(x[0], x[1], x[2]) > 0
		for d := range s.grid.Dim() {
			for end := range 2 {
				face, y := x, x
				face[d] += end
				_, closed := s.axes[d].side(face[d])
				if closed && s.faces[d].At(face[0], face[1], face[2]) > 0 {
					anchored = true
				}
				if closed || s.faces[d].At(face[0], face[1], face[2]) == 0 {
					continue
				}
				y[d] += 2*end - 1
				if n := s.axes[d].inner; y[d] < 1 || y[d] > n {
					if s.grid.Sides[d][end] == pde.Dirichlet {
						anchored = true
						continue
					}
					y[d] = (y[d]-1+n)%n + 1
				}
				if at := s.offset(y); !seen[at] {
					seen[at] = true
					front = append(front, y)
				}
			}
		}
	}
	return anchored
}
