package lfa

// Symbols of smoothers: the matrix of I − B A on the harmonics.

import (
	"fmt"
	"math/cmplx"

	"mgtool/multigrid"
	"mgtool/pde/stencil"
)

func (a analysis) smoother(waves [][3]float64) (matrix, error) {
	grid, _ := a.A.Grids()
	kernel, ok := a.A.Kernel()
	if !ok {
		return nil, fmt.Errorf("lfa: the coefficients of %v vary; want constant ones", a.A)
	}
	diagonal, _, err := a.A.Diagonal()
	if err != nil {
		return nil, err
	}
	s := zeros(len(waves))
	switch smoother := a.Smoother.(type) {
	case multigrid.Jacobi:
		for k, wave := range waves {
			s[k][k] = 1 - complex(smoother.Omega/diagonal, 0)*symbol(kernel, wave)
		}
	case multigrid.StencilSmoother:
		on, err := smoother.B(grid)
		if err != nil {
			return nil, err
		}
		b, ok := on.Kernel()
		if !ok {
			return nil, fmt.Errorf("lfa: the coefficients of smoother %v vary; want constant ones", smoother)
		}
		for k, wave := range waves {
			s[k][k] = 1 - symbol(b, wave)*symbol(kernel, wave)
		}
	case multigrid.GaussSeidel, multigrid.SymmetricGaussSeidel:
		// A = L + D + U, L with the vertices before this one: (L + D) u' = g − U u, and
		// then (U + D) u” = g − L u'.
		_, symmetric := smoother.(multigrid.SymmetricGaussSeidel)
		var before, after stencil.Kernel
		copy(before[:13], kernel[:13])
		copy(after[14:], kernel[14:])
		for k, wave := range waves {
			l, d, u := symbol(before, wave), complex(diagonal, 0), symbol(after, wave)
			s[k][k] = -u / (l + d)
			if symmetric {
				s[k][k] *= -l / (u + d)
			}
		}
	case multigrid.RedBlack:
		if _, _, star := a.A.Star(); !star {
			return nil, fmt.Errorf("lfa: smoother %v for %v; want an operator that couples vertices of different colours only", smoother, a.A)
		}
		// One colour: J(θ) on its vertices, 1 on the others. Their indicator is
		// (1 ± (−1)^{i+j+…})/2, and (−1)^{i+j+…} shifts θ by π along all axes, which pairs
		// harmonic k with the one of all other bits.
		red, black := zeros(len(waves)), zeros(len(waves))
		for k, wave := range waves {
			j := 1 - complex(smoother.Omega/diagonal, 0)*symbol(kernel, wave)
			other := len(waves) - 1 - k
			red[k][k], black[k][k] = (1+j)/2, (1+j)/2
			red[other][k], black[other][k] = (j-1)/2, -(j-1)/2
		}
		return black.mul(red), nil
	default:
		return nil, fmt.Errorf("lfa: no symbol for smoother %v; known: jacobi, gs, sgs, rbgs, rbsor and stencils", smoother)
	}
	return s, nil
}

// symbol is Σ_o k_o e^{iθ·o}.
func symbol(k stencil.Kernel, theta [3]float64) (sum complex128) {
	for o, c := range k {
		if c == 0 {
			continue
		}
		phase := 0.0
		for d, at := range stencil.Offset(o) {
			phase += float64(at) * theta[d]
		}
		sum += complex(c, 0) * cmplx.Exp(complex(0, phase))
	}
	return sum
}
