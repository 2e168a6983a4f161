package multigrid

// Local Fourier analysis: what a cycle should do, from its operators' symbols.

import (
	"fmt"
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/mat"

	"mgtool/pde"
)

// TwoGrid is local Fourier analysis of the five-point operator: the factors
// that a cycle shows on a large grid, away from the boundary, computed from
// the symbols of its operators on the waves e^{i(θ₁x+θ₂y)/h}. A coarse grid
// cannot tell a low frequency θ from the three it aliases with, so each step
// is a 4×4 matrix on these harmonics (Trottenberg, Oosterlee, Schüller,
// Multigrid, ch. 4):
//
//	M(θ) = S^post (I − P A_c⁻¹ R A) S^pre,   factor = max over θ of ρ(M(θ))
//
// twoGrid is that factor, with full weighting, bilinear interpolation and the
// rediscretised coarse operator; smoothing is the same with the ideal coarse
// correction, which removes the low frequencies and leaves the others, a step:
// (max ρ(Q S^ν))^(1/ν), ν = pre + post.
func TwoGrid(s Smoother, pre, post int) (smoothing, twoGrid float64, err error) {
	if err := s.Validate(); err != nil {
		return 0, 0, err
	}
	nu := pre + post
	if pre < 0 || post < 0 || nu == 0 || nu > 1000 {
		return 0, 0, fmt.Errorf("multigrid: %d + %d smoothing steps; want 1 to 1000 in all", pre, post)
	}
	symbol, err := smootherSymbol(s)
	if err != nil {
		return 0, 0, err
	}
	// θ in (−π/2, π/2]², with the edge, where the maximum often lies, but not
	// θ = 0, where the coarse operator has no inverse: so an odd number of
	// points. All kernels are real, so M(−θ) is the conjugate of M(θ) and half
	// of the plane is enough.
	const samples = 65
	angle := func(k int) float64 { return math.Pi * (float64(k)/samples - 0.5) }
	for a := 1; a <= samples; a++ {
		for b := (samples + 1) / 2; b <= samples; b++ {
			theta := [2]float64{angle(a), angle(b)}
			sm := symbol(theta)
			power := identity()
			for range nu {
				power = power.mul(sm)
			}
			m := power.mul(coarseCorrection(theta))
			twoGrid = max(twoGrid, m.radius())
			power[0] = [4]complex128{} // Q: harmonic 0 is the low frequency
			smoothing = max(smoothing, power.radius())
		}
	}
	return math.Pow(smoothing, 1/float64(nu)), twoGrid, nil
}

// harmonics are θ + π·(0,0), (1,0), (0,1), (1,1).
func harmonics(theta [2]float64) (h [4][2]float64) {
	for k := range h {
		h[k] = [2]float64{theta[0] + math.Pi*float64(k&1), theta[1] + math.Pi*float64(k>>1)}
	}
	return h
}

// operatorSymbol is h² A on one wave.
func operatorSymbol(t [2]float64) float64 { return 4 - 2*math.Cos(t[0]) - 2*math.Cos(t[1]) }

// coarseCorrection is I − P A_c⁻¹ R A on the harmonics of θ.
func coarseCorrection(theta [2]float64) (m matrix4) {
	hs := harmonics(theta)
	coarse := operatorSymbol([2]float64{2 * theta[0], 2 * theta[1]}) / 4
	transfer := func(t [2]float64) float64 { return (1 + math.Cos(t[0])) * (1 + math.Cos(t[1])) / 4 }
	for i := range m {
		for j := range m {
			m[i][j] = complex(-transfer(hs[i])*transfer(hs[j])*operatorSymbol(hs[j])/coarse, 0)
		}
		m[i][i]++
	}
	return m
}

// smootherSymbol gives the matrix of I − B A on the harmonics of θ.
func smootherSymbol(s Smoother) (func(theta [2]float64) matrix4, error) {
	// diagonal is for smoothers that do not mix harmonics.
	diagonal := func(f func(t [2]float64) complex128) func([2]float64) matrix4 {
		return func(theta [2]float64) (m matrix4) {
			for k, t := range harmonics(theta) {
				m[k][k] = f(t)
			}
			return m
		}
	}
	switch s := s.(type) {
	case Jacobi:
		return diagonal(func(t [2]float64) complex128 {
			return complex(1-s.Omega*operatorSymbol(t)/4, 0)
		}), nil
	case Stencil:
		k := s.Kernel(pde.Grid{N: [3]int{1 << 16, 1 << 16}, H: [3]float64{1, 1}})
		return diagonal(func(t [2]float64) complex128 {
			var b complex128
			for j := range k {
				for i := range k[j] {
					b += complex(k[j][i], 0) * cmplx.Exp(complex(0, float64(i-1)*t[0]+float64(j-1)*t[1]))
				}
			}
			return 1 - b*complex(operatorSymbol(t), 0)
		}), nil
	case GaussSeidel:
		return diagonal(func(t [2]float64) complex128 {
			e1, e2 := cmplx.Exp(complex(0, t[0])), cmplx.Exp(complex(0, t[1]))
			return (e1 + e2) / (4 - cmplx.Conj(e1) - cmplx.Conj(e2))
		}), nil
	case RedBlack:
		// One colour: J(θ) on its vertices, 1 on the others. Their indicator is
		// (1 ± (−1)^{i+j})/2, and (−1)^{i+j} shifts θ by (π, π), which pairs the
		// harmonics k and 3−k.
		half := func(theta [2]float64, sign complex128) (m matrix4) {
			for k, t := range harmonics(theta) {
				j := complex(1-s.Omega*operatorSymbol(t)/4, 0)
				m[k][k] = (1 + j) / 2
				m[3-k][k] = sign * (j - 1) / 2
			}
			return m
		}
		return func(theta [2]float64) matrix4 { return half(theta, -1).mul(half(theta, 1)) }, nil
	}
	return nil, fmt.Errorf("multigrid: no symbol for smoother %v", s)
}

// matrix4 acts on the coefficients of four harmonics.
type matrix4 [4][4]complex128

func identity() (m matrix4) {
	for i := range m {
		m[i][i] = 1
	}
	return m
}

func (m matrix4) mul(o matrix4) (p matrix4) {
	for i := range p {
		for j := range p {
			for k := range p {
				p[i][j] += m[i][k] * o[k][j]
			}
		}
	}
	return p
}

// radius is the spectral radius: gonum has the real eigenvalue problem, and
// [Re −Im; Im Re] has the eigenvalues of m and their conjugates.
func (m matrix4) radius() float64 {
	real8 := mat.NewDense(8, 8, nil)
	for i := range m {
		for j, v := range m[i] {
			real8.Set(i, j, real(v))
			real8.Set(i+4, j+4, real(v))
			real8.Set(i, j+4, -imag(v))
			real8.Set(i+4, j, imag(v))
		}
	}
	var eig mat.Eigen
	if !eig.Factorize(real8, mat.EigenNone) {
		return math.NaN()
	}
	var rho float64
	for _, v := range eig.Values(nil) {
		rho = max(rho, cmplx.Abs(v))
	}
	return rho
}
