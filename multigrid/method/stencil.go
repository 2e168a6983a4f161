package method

// Stencils as nested lists.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/cmplx"

	"mgtool/pde/stencil"
)

// mostWide bounds what is read as a stencil; a method has 3 or 5.
const mostWide = 5

// check accepts finite weights of a stencil with one of these widths.
func (s *Stencil) check(dim int, widths ...int) error {
	if s.Dim != dim {
		return fmt.Errorf("a stencil in %d dimensions; want %d, as the method", s.Dim, dim)
	}
	fits := false
	want := ""
	for i, w := range widths {
		fits = fits || s.Width == w
		if i > 0 {
			want += " or "
		}
		want += fmt.Sprint(w)
	}
	if !fits {
		return fmt.Errorf("a stencil %d wide; want %s", s.Width, want)
	}
	if n := power(s.Width, s.Dim); len(s.Weights) != n {
		return fmt.Errorf("a stencil of %d weights; want %d, %d along each of %d axes", len(s.Weights), n, s.Width, s.Dim)
	}
	for i, w := range s.Weights {
		if math.IsNaN(w) || math.IsInf(w, 0) {
			return fmt.Errorf("weight %d of a stencil is %g; want a finite number", i, w)
		}
	}
	return nil
}

func power(base, exponent int) int {
	n := 1
	for range exponent {
		n *= base
	}
	return n
}

// Kernel is the stencil, 3 wide, as an operator takes it.
func (s *Stencil) Kernel() (k stencil.Kernel, err error) {
	if err := s.check(s.Dim, 3); err != nil {
		return k, fmt.Errorf("method: %w", err)
	}
	first := [...]int{0, 12, 9, 0} // of the entries of a kernel that lie in so many dimensions
	if s.Dim < 1 || s.Dim > 3 {
		return k, fmt.Errorf("method: a stencil in %d dimensions; want 1 to 3", s.Dim)
	}
	copy(k[first[s.Dim]:], s.Weights)
	return k, nil
}

// FromKernel is the stencil of a kernel in so many dimensions, 1 to 3.
func FromKernel(dim int, k stencil.Kernel) *Stencil {
	first := [...]int{0, 12, 9, 0}[dim]
	return &Stencil{Dim: dim, Width: 3, Weights: append([]float64(nil), k[first:27-first]...)}
}

// MarshalJSON writes nested lists.
func (s *Stencil) MarshalJSON() ([]byte, error) {
	if err := s.check(s.Dim, s.Width); err != nil {
		return nil, err
	}
	var nested func(weights []float64) any
	nested = func(weights []float64) any {
		if len(weights) == s.Width {
			return weights
		}
		var list []any
		for n := len(weights) / s.Width; len(weights) > 0; weights = weights[n:] {
			list = append(list, nested(weights[:n]))
		}
		return list
	}
	return json.Marshal(nested(s.Weights))
}

// UnmarshalJSON reads nested lists: one in one dimension, lists of lists in two, and so on, each
// of the same odd number of elements.
func (s *Stencil) UnmarshalJSON(data []byte) error {
	*s = Stencil{}
	d := json.NewDecoder(bytes.NewReader(data))
	errNested := errors.New("a stencil is no nested list of numbers; want [a, b, c] in one dimension, [[…], […], […]] in two, lists of these in three")
	var counts []int // of elements in the open lists
	closed := false  // some list has ended, so that the depth is known
	for {
		token, err := d.Token()
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) { // of a number it can only be its size
			return fmt.Errorf("a stencil with the %.40s; want numbers that float64 has", wrong.Value)
		}
		if err != nil {
			return errNested
		}
		switch token := token.(type) {
		case json.Delim:
			switch token {
			case '[':
				if len(counts) > 0 {
					counts[len(counts)-1]++
				}
				if counts = append(counts, 0); len(counts) > 3 || closed && len(counts) > s.Dim {
					return errNested
				}
				if !closed {
					s.Dim = len(counts)
				}
				continue
			case ']':
			default:
				return errNested
			}
			if !closed {
				closed, s.Width = true, counts[len(counts)-1]
			}
			if n := counts[len(counts)-1]; n != s.Width {
				return fmt.Errorf("a stencil has lists of %d and of %d elements; want as many in each", s.Width, n)
			}
			if counts = counts[:len(counts)-1]; len(counts) > 0 {
				continue
			}
			if s.Width%2 == 0 || s.Width > mostWide {
				return fmt.Errorf("a stencil %d wide; want 3 or 5", s.Width)
			}
			return nil
		case float64:
			if len(counts) == 0 || closed && len(counts) != s.Dim {
				return errNested
			}
			counts[len(counts)-1]++
			if s.Weights = append(s.Weights, token); len(s.Weights) > 125 {
				return fmt.Errorf("a stencil of more than %d weights; want 3 or 5 along each axis", 125)
			}
		default:
			return errNested
		}
	}
}

// Symbol is the factor Σ_o K_o e^{iθ·o} by which K multiplies the wave e^{iθ·x}, x being indices.
func (s *Stencil) Symbol(theta [3]float64) complex128 {
	var sum complex128
	for i, w := range s.Weights {
		phase := 0.0
		for at, d := i, 0; d < s.Dim; at, d = at/s.Width, d+1 {
			phase += float64(at%s.Width-s.Width/2) * theta[d]
		}
		sum += complex(w, 0) * cmplx.Exp(complex(0, phase))
	}
	return sum
}
