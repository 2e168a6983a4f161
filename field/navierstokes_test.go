package field

import (
	"math"
	"testing"
)

// flowOf is a flow on n² points with ω given, without a force.
func flowOf(n int, viscosity float64, w func(x, y float64) float64) *navierStokes {
	r := navierStokesKind.usual
	r.N, r.Viscosity = n, viscosity
	s := newFlow(r)
	clear(s.force)
	for j := range n {
		for i := range n {
			s.w[j*n+i] = complex(w(float64(i)/float64(n), float64(j)/float64(n)), 0)
		}
	}
	s.begin()
	return s
}

// points are the values of coefficients.
func (s *navierStokes) points(coefficients []complex128) []float64 {
	c := append([]complex128(nil), coefficients...)
	s.transform(c, true)
	values := make([]float64, len(c))
	for i, v := range c {
		values[i] = real(v)
	}
	return values
}

// The vortices of Taylor and Green, ω = 2 cos(2πx) cos(2πy), decay as exp(−8π²νt), and
// Crank–Nicolson has the second order in Δt.
func TestTaylorGreen(t *testing.T) {
	const n, viscosity = 16, .02
	vortices := func(x, y float64) float64 { return 2 * math.Cos(2*math.Pi*x) * math.Cos(2*math.Pi*y) }
	after := func(steps int) float64 {
		s := flowOf(n, viscosity, vortices)
		for range steps {
			s.step(1 / float64(steps))
		}
		worst := 0.0
		for at, v := range s.points(s.w) {
			want := vortices(float64(at%n)/n, float64(at/n)/n) * math.Exp(-8*math.Pi*math.Pi*viscosity)
			worst = max(worst, math.Abs(v-want))
		}
		return worst
	}
	coarse, fine := after(20), after(80)
	if order := math.Log(coarse/fine) / math.Log(4); math.Abs(order-2) > .05 || fine > 1e-4 {
		t.Errorf("errors %g and %g with a quarter of the step, order %.2f; want 2", coarse, fine, order)
	}
}

// −v·∇ω of a field whose products the kept modes hold, against its formula.
func TestConvection(t *testing.T) {
	const n, k = 24, 2 * math.Pi
	s := flowOf(n, 1, func(x, y float64) float64 { return math.Sin(k*x) + math.Cos(2*k*y) + math.Sin(k*(x+y)) })
	s.convect(s.rate)
	for at, got := range s.points(s.rate) {
		x, y := float64(at%n)/n, float64(at/n)/n
		// ψ = sin(kx)/k² + cos(2ky)/4k² + sin(k(x+y))/2k²
		vx := -math.Sin(2*k*y)/(2*k) + math.Cos(k*(x+y))/(2*k)
		vy := -(math.Cos(k*x)/k + math.Cos(k*(x+y))/(2*k))
		wx := k*math.Cos(k*x) + k*math.Cos(k*(x+y))
		wy := -2*k*math.Sin(2*k*y) + k*math.Cos(k*(x+y))
		if want := -vx*wx - vy*wy; math.Abs(got-want) > 1e-12 {
			t.Fatalf("at (%g, %g): %g; want %g", x, y, got, want)
		}
	}
}

// Products of kept modes are not aliased to kept ones, n a multiple of 3 included: 2·(n/3) is −n/3.
func TestKeptModes(t *testing.T) {
	for n := 8; n < 40; n++ {
		s := flowOf(n, 1, func(x, y float64) float64 { return 0 })
		most := 0
		for i, keep := range s.keep {
			if k := int(math.Round(s.wave[i] / (2 * math.Pi))); keep {
				most = max(most, k, -k)
			}
		}
		if n-2*most <= most || n-2*(most+1) > most+1 {
			t.Errorf("n = %d: modes up to %d are kept; want the most without aliases", n, most)
		}
	}
}

// Without viscosity and force the flow keeps its enstrophy and its energy, but for the error of
// the time steps, which is of the second order.
func TestFlowKeeps(t *testing.T) {
	const n = 32
	drift := func(steps int) (enstrophy, energy float64) {
		r := navierStokesKind.usual
		r.N, r.Viscosity = n, 0
		s := newFlow(r)
		clear(s.force)
		s.draw(normals(1, 1))
		for at := range s.w { // no modes that are dropped from the products
			if !s.keep[at%n] || !s.keep[at/n] {
				s.w[at] = 0
			}
		}
		sums := func() (enstrophy, energy float64) {
			for at, v := range s.w[1:] {
				square := real(v)*real(v) + imag(v)*imag(v)
				x, y := s.wave[(at+1)%n], s.wave[(at+1)/n]
				enstrophy += square
				energy += square / (x*x + y*y)
			}
			return enstrophy, energy
		}
		z, e := sums()
		for range steps {
			s.step(1 / float64(steps))
		}
		z1, e1 := sums()
		return math.Abs(z1/z - 1), math.Abs(e1/e - 1)
	}
	z, e := drift(50)
	z1, e1 := drift(200)
	if z1 > 1e-4 || e1 > 1e-4 || z/z1 < 8 || e/e1 < 8 {
		t.Errorf("relative drifts of the enstrophy %g, %g and of the energy %g, %g with a quarter of the step; want a sixteenth", z, z1, e, e1)
	}
}

// The mean square of the initial vorticity has the expectation 2 Σ_k s_k².
func TestInitialVorticity(t *testing.T) {
	const n, fields = 16, 600
	r := navierStokesKind.usual
	r.N = n
	s := newFlow(r)
	mean, fourth := 0.0, 0.0
	for j := -n/2 + 1; j <= n/2; j++ {
		for i := -n/2 + 1; i <= n/2; i++ {
			if i != 0 || j != 0 {
				v := 2 * math.Pow(7, 3) * math.Pow(4*math.Pi*math.Pi*float64(i*i+j*j)+49, -2.5)
				mean += v
				fourth += v * v
			}
		}
	}
	sum := 0.0
	for i := range fields {
		s.draw(normals(3, i))
		for _, v := range s.points(s.w) {
			sum += v * v / (n * n * fields)
		}
	}
	// Terms for k and −k are not independent: at most twice the variance of independent ones.
	if sigma := math.Sqrt(4 * fourth / fields); math.Abs(sum-mean) > 4*sigma {
		t.Errorf("mean square %g; want %g ± %g", sum, mean, sigma)
	}
}
