package method

// Classical methods, to compare with and to start from.

// Classical is the V-cycle with these steps before and after the coarse correction on every
// level, full weighting, linear interpolation, and the coarse operator of this name.
func Classical(name string, dim int, pre, post []Step, coarse string) *Method {
	return &Method{
		Name: name, Dim: dim, Gamma: 1, Repeat: Last,
		Levels: []Level{{
			Pre: pre, Post: post,
			Restriction: Transfer{Name: FullWeighting}, Prolongation: Transfer{Name: Linear}, Coarse: Coarse{Name: coarse},
		}},
	}
}

// JacobiStencil is ω at the centre: the weighted Jacobi iteration is u += K ∗ (r/D) with it.
func JacobiStencil(dim int, omega float64) *Stencil {
	s := &Stencil{Dim: dim, Width: 3, Weights: make([]float64, power(3, dim))}
	s.Weights[len(s.Weights)/2] = omega
	return s
}

// LinearStencil is that of linear interpolation, ½ 1 ½ along each axis; over 2^d it is that of
// full weighting.
func LinearStencil(dim int) *Stencil {
	s := &Stencil{Dim: dim, Width: 3, Weights: make([]float64, power(3, dim))}
	for i := range s.Weights {
		w := 1.0
		for at, d := i, 0; d < dim; at, d = at/3, d+1 {
			if at%3 != 1 {
				w /= 2
			}
		}
		s.Weights[i] = w
	}
	return s
}

// Scale is the stencil times c.
func (s *Stencil) Scale(c float64) *Stencil {
	scaled := &Stencil{Dim: s.Dim, Width: s.Width, Weights: make([]float64, len(s.Weights))}
	for i, w := range s.Weights {
		scaled.Weights[i] = c * w
	}
	return scaled
}
