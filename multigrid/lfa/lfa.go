// Package lfa is local Fourier analysis: it predicts the convergence factor of a
// two-grid cycle on a large grid, away from the boundary, from the symbols of its
// operators.
//
// On the coarse grid a wave e^{iθ·x} of low frequency, |θ_d| ≤ π/2, aliases with those of
// frequency θ_d + π along axes that are halved. So each step of the cycle is a matrix on
// the 2^d harmonics θ + π{0, 1}^d, and the whole cycle is (Trottenberg, Oosterlee &
// Schüller, Multigrid, 2001, ch. 4)
//
//	M(θ) = S^post (I − P A_c⁻¹ R A) S^pre,   factor = max over θ of ρ(M(θ))
package lfa

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/mat"

	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Cycle is a two-grid cycle: operators with constant coefficients, and a smoother.
type Cycle struct {
	A, Coarse stencil.Operator // on the fine and on the coarse grid
	R, P      stencil.Operator // between them
	Smoother  multigrid.Smoother
	Pre, Post int // smoothing steps before and after the coarse correction; 1 to 1000 in all
}

// Poisson is the two-grid cycle for −Δ on square or cubic cells in dim dimensions, with
// full weighting, linear interpolation and the rediscretised coarse operator.
func Poisson(dim int, s multigrid.Smoother, pre, post int) (Cycle, error) {
	const n = 1 << 8 // any even number: symbols do not depend on it
	fine, err := pde.Unit(dim, n)
	if err != nil {
		return Cycle{}, err
	}
	fine.H = [3]float64{}
	for d := range dim {
		fine.H[d] = 1
	}
	coarse := fine.Coarsen()
	c := Cycle{Smoother: s, Pre: pre, Post: post}
	var errs [2]error
	c.A, c.Coarse = stencil.Laplacian(fine), stencil.Laplacian(coarse)
	c.R, errs[0] = stencil.FullWeighting(fine, coarse)
	c.P, errs[1] = stencil.Linear(fine, coarse)
	return c, cmp.Or(errs[:]...)
}

// Factors are the convergence factors that the analysis predicts.
type Factors struct {
	// TwoGrid is the factor by which a cycle reduces the error, max ρ(M).
	TwoGrid float64
	// Smoothing is the factor per smoothing step with an ideal coarse correction Q, which
	// removes low frequencies and keeps the others: (max ρ(Q S^ν))^(1/ν), ν = Pre + Post.
	Smoothing float64
}

// samples is the number of frequencies along an axis, by dimension.
var samples = [...]int{1: 65, 2: 65, 3: 33}

// Analyse predicts the factors of a cycle. An operator or smoother without a symbol is an
// error, and so are operators on different grids.
func (c Cycle) Analyse() (Factors, error) {
	nu := c.Pre + c.Post
	if c.Pre < 0 || c.Post < 0 || nu == 0 || nu > 1000 {
		return Factors{}, fmt.Errorf("lfa: %d + %d smoothing steps; want 1 to 1000 in all", c.Pre, c.Post)
	}
	a, err := c.analysis()
	if err != nil {
		return Factors{}, err
	}
	// θ in (−π/2, π/2] along each axis, with the edge, where the maximum often lies,
	// but not θ = 0, where the coarse operator has no inverse: hence an odd number of
	// points. All kernels are real, so M(−θ) is the conjugate of M(θ) and half of the
	// last axis is enough.
	var f Factors
	count := samples[a.dim]
	angle := func(k int) float64 { return math.Pi * (float64(k)/float64(count) - 0.5) }
	points := (count + 1) / 2
	for range a.dim - 1 {
		points *= count
	}
	for point := range points {
		var theta [3]float64
		rest := point
		for d := range a.dim - 1 {
			theta[d] = angle(1 + rest%count)
			rest /= count
		}
		theta[a.dim-1] = angle((count+1)/2 + rest)
		waves := a.harmonics(theta)
		step, err := a.smoother(waves)
		if err != nil {
			return Factors{}, err
		}
		power := identity(len(waves))
		for range nu {
			power = power.mul(step)
		}
		correction, err := a.correction(waves)
		if err != nil {
			return Factors{}, err
		}
		f.TwoGrid = power.mul(correction).radius(f.TwoGrid)
		for k := range waves {
			if k&a.halved == 0 {
				clear(power[k]) // Q: a low frequency along all axes that are halved
			}
		}
		f.Smoothing = power.radius(f.Smoothing)
	}
	f.Smoothing = math.Pow(f.Smoothing, 1/float64(nu))
	return f, nil
}

// analysis is a checked cycle.
type analysis struct {
	Cycle
	dim    int
	halved int        // bit d says that axis d is halved
	step   [3]float64 // 2 along these axes, 1 along the others
}

func (c Cycle) analysis() (analysis, error) {
	if c.Smoother == nil {
		return analysis{}, errors.New("lfa: no smoother; want one")
	}
	if err := c.Smoother.Validate(); err != nil {
		return analysis{}, err
	}
	fine, to := c.A.Grids()
	coarse, coarseTo := c.Coarse.Grids()
	rFrom, rTo := c.R.Grids()
	pFrom, pTo := c.P.Grids()
	if fine.Dim() == 0 || to != fine || coarseTo != coarse || rFrom != fine || pTo != fine || rTo != coarse || pFrom != coarse {
		return analysis{}, fmt.Errorf("lfa: A is %v, its coarse form %v, R %v and P %v; want operators between the same two grids", c.A, c.Coarse, c.R, c.P)
	}
	a := analysis{Cycle: c, dim: fine.Dim(), step: [3]float64{1, 1, 1}}
	for d := range a.dim {
		if fine.N[d] == 2*coarse.N[d] {
			a.halved |= 1 << d
			a.step[d] = 2
		}
	}
	return a, nil
}

// harmonics are θ + π·(0,0,0), (1,0,0), (0,1,0), …: bit d of the index is axis d.
func (a analysis) harmonics(theta [3]float64) [][3]float64 {
	waves := make([][3]float64, 1<<a.dim)
	for k := range waves {
		for d := range a.dim {
			waves[k][d] = theta[d] + math.Pi*float64(k>>d&1)
		}
	}
	return waves
}

// correction is I − P A_c⁻¹ R A. It couples the harmonics that alias on the coarse grid.
func (a analysis) correction(waves [][3]float64) (matrix, error) {
	m := identity(len(waves))
	up := make([]complex128, len(waves))
	for i, wave := range waves {
		var err error
		if up[i], err = a.P.Symbol(wave); err != nil {
			return nil, err
		}
	}
	for j, wave := range waves {
		var onCoarse [3]float64
		for d := range onCoarse {
			onCoarse[d] = a.step[d] * wave[d]
		}
		fine, err := a.A.Symbol(wave)
		coarse, errCoarse := a.Coarse.Symbol(onCoarse)
		down, errDown := a.R.Symbol(wave)
		if err := cmp.Or(err, errCoarse, errDown); err != nil {
			return nil, err
		}
		for i := range waves {
			if (i^j)&^a.halved == 0 {
				m[i][j] -= up[i] * down * fine / coarse
			}
		}
	}
	return m, nil
}

// matrix acts on the coefficients of the harmonics.
type matrix [][]complex128

func zeros(n int) matrix {
	m := make(matrix, n)
	for i := range m {
		m[i] = make([]complex128, n)
	}
	return m
}

func identity(n int) matrix {
	m := zeros(n)
	for i := range m {
		m[i][i] = 1
	}
	return m
}

func (m matrix) mul(o matrix) matrix {
	p := zeros(len(m))
	for i := range p {
		for j := range p {
			for k := range p {
				p[i][j] += m[i][k] * o[k][j]
			}
		}
	}
	return p
}

// radius is the spectral radius or most, whichever is larger. The sums of |m| along rows
// and columns bound it: no eigenvalues are needed where these are at most most.
//
// gonum solves the real eigenvalue problem, and [Re −Im; Im Re] has the eigenvalues of m
// and their conjugates.
func (m matrix) radius(most float64) float64 {
	n := len(m)
	var rows, columns float64
	for i := range m {
		row, column := 0.0, 0.0
		for j := range m {
			row += cmplx.Abs(m[i][j])
			column += cmplx.Abs(m[j][i])
		}
		rows, columns = max(rows, row), max(columns, column)
	}
	if min(rows, columns) <= most {
		return most
	}
	double := mat.NewDense(2*n, 2*n, nil)
	for i := range m {
		for j, v := range m[i] {
			double.Set(i, j, real(v))
			double.Set(i+n, j+n, real(v))
			double.Set(i, j+n, -imag(v))
			double.Set(i+n, j, imag(v))
		}
	}
	var eig mat.Eigen
	if !eig.Factorize(double, mat.EigenNone) {
		return math.NaN()
	}
	for _, v := range eig.Values(nil) {
		most = max(most, cmplx.Abs(v))
	}
	return most
}
