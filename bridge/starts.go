package bridge

// What a training starts its cycles from.

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"mgtool/multigrid"
	"mgtool/pde"
)

// starts are the fields of a batch, each of unit norm; field k belongs to problem k modulo
// their number.
type starts struct {
	c   *Cycle
	rng *rand.Rand
	u   []float32
	// solution draws solutions of random data instead of random values.
	solution bool
	solvers  []*multigrid.Solver
}

// newStarts draws a batch.
func newStarts(ctx context.Context, c *Cycle, batch int, seed uint64, solution bool) (*starts, error) {
	s := &starts{
		c: c, rng: rand.New(rand.NewPCG(seed, 0x627269646765)), solution: solution,
		u: make([]float32, batch*c.grids[0].Unknowns()),
	}
	if solution {
		for _, a := range c.problems {
			settings, _ := multigrid.Choose(a)
			settings.RelTol = 1e-8 // fields are float32
			solver, err := multigrid.NewSolver(a, settings)
			if err != nil {
				return nil, err
			}
			s.solvers = append(s.solvers, solver)
		}
	}
	for k := range batch {
		if err := s.draw(ctx, k); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// at is field k.
func (s *starts) at(k int) []float32 {
	size := s.c.grids[0].Unknowns()
	return s.u[k*size : (k+1)*size]
}

// draw fills field k anew: with independent values or, every second one of a problem, with a mix
// of the 4^d lowest sine waves, since independent values hold little of the waves that the coarse
// grids are for; or with the solution for independent data.
func (s *starts) draw(ctx context.Context, k int) error {
	problems := len(s.c.problems)
	switch {
	case s.solution:
		if err := s.solve(ctx, k); err != nil {
			return err
		}
	case (k/problems+k%problems)%2 == 0:
		u := s.at(k)
		for i := range u {
			u[i] = float32(s.rng.Float64() - .5)
		}
	default:
		s.waves(s.at(k))
	}
	normalise(s.at(k))
	return nil
}

// waves fills u with a mix of the lowest sine waves.
func (s *starts) waves(u []float32) {
	const most = 4
	g := s.c.grids[0]
	clear(u)
	count := 1
	for range s.c.dim {
		count *= most
	}
	var table [3][most][]float64 // sin(aπi/n) of each axis
	for d := range 3 {
		for a := range most {
			for i := range g.Inner(d) {
				v := 1.0
				if d < s.c.dim {
					v = math.Sin(math.Pi * float64(a+1) * float64(i+1) / float64(g.N[d]))
				}
				table[d][a] = append(table[d][a], v)
			}
		}
	}
	nx, ny := g.Inner(0), g.Inner(1)
	for wave := range count {
		x, y, z := table[0][wave%most], table[1][wave/most%most], table[2][wave/most/most]
		amplitude := s.rng.NormFloat64()
		for i := range u {
			u[i] += float32(amplitude * x[i%nx] * y[i/nx%ny] * z[i/nx/ny])
		}
	}
}

// solve fills field k with A⁻¹ g for independent random g.
func (s *starts) solve(ctx context.Context, k int) error {
	g, u := pde.NewField[float64](s.c.grids[0]), pde.NewField[float64](s.c.grids[0])
	g.Randomize(s.rng.Uint64())
	res, err := s.solvers[k%len(s.solvers)].Solve(ctx, u, g)
	if err != nil {
		return err
	}
	if res.Status != multigrid.Converged {
		return fmt.Errorf("bridge: no solution to learn from: %v", res.Status)
	}
	copy(s.at(k), interior(u, 1))
	return nil
}

// normalise gives u unit norm.
func normalise(u []float32) {
	var sum float64
	for _, v := range u {
		sum += float64(v) * float64(v)
	}
	scale := 1 / math.Sqrt(sum)
	for i := range u {
		u[i] = float32(scale * float64(u[i]))
	}
}
