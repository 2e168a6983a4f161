package field

// Flow of an incompressible fluid on a torus.

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/dsp/fourier"
)

var navierStokesKind = kind{
	usual:  Recipe{Kind: "navier-stokes", N: 64, Every: 1, Alpha: 2.5, Tau: 7, Viscosity: 1e-3, Step: .01, Snapshots: 20, Before: 10},
	check:  checkNavierStokes,
	values: func(r Recipe) (in, out int) { return r.Before, r.Snapshots - r.Before },
	worker: newNavierStokes,
	bytes:  func(r Recipe) int { return 6 * 16 * r.N * r.N },
}

func checkNavierStokes(r Recipe) error {
	err := cmp.Or(
		between("viscosity", r.Viscosity, 1e-8, 10),
		between("step", r.Step, 1e-6, 1),
		within("snapshots", r.Snapshots, 2, 1000),
		within("before", r.Before, 1, r.Snapshots-1),
	)
	if steps := 1 / r.Step; err == nil && math.Abs(steps-math.Round(steps)) > 1e-6*steps {
		return fmt.Errorf("field: step %g; want 1 divided by a whole number: snapshots are 1 apart", r.Step)
	}
	return err
}

// navierStokes advances the vorticity ω on [0, 1)²,
//
//	ω_t = −v·∇ω + ν Δω + f,   v = (ψ_y, −ψ_x),   −Δψ = ω,
//	f = 0.1 (sin 2π(x+y) + cos 2π(x+y)),
//
// in n² Fourier modes: Crank–Nicolson for the diffusion and the second-order scheme of
// Adams and Bashforth for the rest,
//
//	(1 + ½ Δt ν|k|²) ω' = (1 − ½ Δt ν|k|²) ω + Δt (3/2 N − 1/2 N₋₁ + f),
//
// with N = −v·∇ω at the points, of which only the modes |k| < n/3 are kept, which keeps products
// of two fields free of aliases (the 2/3 rule of Orszag). The initial ω is random,
//
//	ω₀ = Re Σ_k √2 τ^(α−1) (4π²|k|² + τ²)^(−α/2) ξ_k e^(2πi k·x),   k ≠ 0,
//
// ξ_k complex with independent standard normal parts: the code behind Li et al., 2021.
type navierStokes struct {
	recipe Recipe
	n      int
	fft    *fourier.CmplxFFT
	line   []complex128

	wave            []float64 // 2π k of an index, of its sign
	keep            []bool    // |k| < n/3
	w, force        []complex128
	rate, before    []complex128 // N now, and a step ago
	velocity, slope []complex128
	started         bool
}

func newNavierStokes(r Recipe) (worker, error) { return newFlow(r), nil }

func newFlow(r Recipe) *navierStokes {
	n := r.N
	s := &navierStokes{recipe: r, n: n, fft: fourier.NewCmplxFFT(n), line: make([]complex128, n), wave: make([]float64, n), keep: make([]bool, n)}
	for _, f := range []*[]complex128{&s.w, &s.force, &s.rate, &s.before, &s.velocity, &s.slope} {
		*f = make([]complex128, n*n)
	}
	for i := range n {
		k := i
		if k > n/2 {
			k -= n
		}
		s.wave[i], s.keep[i] = 2*math.Pi*float64(k), 3*max(k, -k) < n
	}
	for j := range n {
		for i := range n {
			sin, cos := math.Sincos(2 * math.Pi * float64(i+j) / float64(n))
			s.force[j*n+i] = complex(.1*(sin+cos), 0)
		}
	}
	s.transform(s.force, false)
	return s
}

// transform replaces values at points by the coefficients of e^(2πi k·x), or back.
func (s *navierStokes) transform(u []complex128, back bool) {
	n := s.n
	for range 2 {
		for j := range n {
			row := u[j*n : (j+1)*n]
			if back {
				copy(row, s.fft.Sequence(s.line, row))
				continue
			}
			s.fft.Coefficients(s.line, row)
			for i, v := range s.line {
				row[i] = v * complex(1/float64(n), 0)
			}
		}
		for j := range n {
			for i := range j {
				u[j*n+i], u[i*n+j] = u[i*n+j], u[j*n+i]
			}
		}
	}
}

// draw sets ω to a random field.
func (s *navierStokes) draw(rng *rand.Rand) {
	n, r := s.n, s.recipe
	for j := range n {
		for i := range n {
			size := math.Sqrt2 * math.Pow(r.Tau, r.Alpha-1) * math.Pow(s.wave[i]*s.wave[i]+s.wave[j]*s.wave[j]+r.Tau*r.Tau, -r.Alpha/2)
			if i+j == 0 {
				size = 0
			}
			re, im := rng.NormFloat64(), rng.NormFloat64()
			s.w[j*n+i] = complex(size*re, size*im)
		}
	}
	s.transform(s.w, true)
	for i, v := range s.w {
		s.w[i] = complex(real(v), 0)
	}
	s.begin()
}

// begin takes the values of ω at the points for the initial state.
func (s *navierStokes) begin() {
	s.transform(s.w, false)
	s.started = false
}

// convect sets rate to the coefficients of −v·∇ω.
func (s *navierStokes) convect(rate []complex128) {
	n := s.n
	for j := range n {
		for i := range n {
			at := j*n + i
			s.velocity[at], s.slope[at] = 0, 0
			if i+j == 0 || !s.keep[i] || !s.keep[j] {
				continue
			}
			x, y := complex(0, s.wave[i]), complex(0, s.wave[j]) // of ∂/∂x and ∂/∂y
			psi := s.w[at] / complex(s.wave[i]*s.wave[i]+s.wave[j]*s.wave[j], 0)
			// Two real fields are the real and the imaginary part of one.
			s.velocity[at] = y*psi - 1i*x*psi
			s.slope[at] = x*s.w[at] + 1i*y*s.w[at]
		}
	}
	s.transform(s.velocity, true)
	s.transform(s.slope, true)
	for at, v := range s.velocity {
		g := s.slope[at]
		rate[at] = complex(-real(v)*real(g)-imag(v)*imag(g), 0)
	}
	s.transform(rate, false)
	for j := range n {
		for i := range n {
			if !s.keep[i] || !s.keep[j] {
				rate[j*n+i] = 0
			}
		}
	}
}

// step advances by dt; the first step is one of Euler's for N.
func (s *navierStokes) step(dt float64) {
	n := s.n
	s.rate, s.before = s.before, s.rate
	s.convect(s.rate)
	if !s.started {
		copy(s.before, s.rate)
		s.started = true
	}
	for j := range n {
		for i := range n {
			at := j*n + i
			half := .5 * dt * s.recipe.Viscosity * (s.wave[i]*s.wave[i] + s.wave[j]*s.wave[j])
			source := 1.5*s.rate[at] - .5*s.before[at] + s.force[at]
			s.w[at] = (complex(1-half, 0)*s.w[at] + complex(dt, 0)*source) / complex(1+half, 0)
		}
	}
}

func (s *navierStokes) sample(a, u []float64, number int) error {
	r := s.recipe
	s.draw(normals(r.Seed, number))
	in, out := r.Before, r.Snapshots-r.Before
	steps := int(math.Round(1 / r.Step))
	values := s.velocity // free between steps
	for k := range r.Snapshots {
		for range steps {
			s.step(r.Step)
		}
		copy(values, s.w)
		s.transform(values, true)
		for at, v := range values {
			if k < in {
				a[at*in+k] = real(v)
			} else {
				u[at*out+k-in] = real(v)
			}
		}
		if v := real(values[0]); math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("navier-stokes: the flow is not finite at time %d; want a smaller step than %g", k+1, r.Step)
		}
	}
	return nil
}
