package fourier

// The search: from many starts on coarse grids to the best of them on fine ones.

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/optimize"
)

// candidate is a point of the search.
type candidate struct {
	kernels []*kernels
	factor  float64 // on the grid where candidates are compared
}

type search struct {
	ctx     context.Context
	problem Problem
	o       Options
	rng     *rand.Rand
}

// find searches with kernels of full symmetry and the usual transfers first, then frees what
// the spec frees.
func (s *search) find(spec Spec) (candidate, error) {
	plain := spec
	plain.Symmetric, plain.Restriction, plain.Prolongation, plain.Coarse = true, false, false, false
	best, err := s.fromStarts(plain)
	if err != nil {
		return best, err
	}
	if spec.Coarse {
		s.galerkin(plain, best)
	}
	return s.climb(spec, best)
}

// galerkin gives a candidate the kernels of its Galerkin coarse operators, in the units of
// [kernels].
func (s *search) galerkin(spec Spec, c candidate) {
	p := newParameters(s.problem, spec)
	h := newHierarchy[complex128](s.problem.Dim, 4<<len(c.kernels), spec.Gamma, [3]bool{}, [3]float64{1, 1, 1}, 4)
	h.set(s.problem.weights(), func(l int) *kernels { return c.kernels[p.number(l)] })
	for n, k := range c.kernels {
		// The kernel of a symbol is its mean with e^{−iθ·o} over all waves.
		at := h.levels[n+1]
		coarse := make([]float64, power(3, s.problem.Dim))
		at.gradient(coarse, scaled(slices.Clone(at.a), math.Ldexp(1, 2*(n+1))/float64(at.count)))
		k.coarse = coarse
	}
}

// refined is how many of the candidates from starts go on to finer grids.
const refined = 3

// fromStarts is the best from many starts. Of these, the kernels of every second one are the
// same on all levels at first: alone, these find their optimum easily.
func (s *search) fromStarts(spec Spec) (best candidate, err error) {
	coarse := min(s.o.Cells, 16)
	early := spec
	if s.problem.Dim == 3 {
		coarse = 8
	}
	if !spec.Cyclic { // a coarse grid has few levels; those below repeat the last until it is finer
		early.Levels = min(spec.Levels, bits.Len(uint(coarse))-2)
	}
	p := newParameters(s.problem, early)
	same := spec
	same.Levels = 1
	var list []candidate
	for start := range s.o.Starts {
		name := fmt.Sprintf("start %d of %d", start+1, s.o.Starts)
		c := candidate{kernels: s.random(early)}
		if start%2 == 0 && early.Levels > 1 {
			if c, err = s.minimise(same, c, stage{name, 10, 60, sets{n: coarse}}); err != nil {
				break
			}
			x := p.numbers(c.kernels)
			for i := range x {
				x[i] += .05 * s.rng.NormFloat64()
			}
			c.kernels = p.kernels(x)
		}
		for _, cycles := range []int{10, 24} {
			if c, err = s.minimise(early, c, stage{name, cycles, 60, sets{n: coarse}}); err != nil {
				break
			}
		}
		if err != nil {
			break
		}
		c.factor = s.radius(early, c, sets{n: min(s.o.Cells, 4*coarse)})
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		switch {
		case a.factor < b.factor:
			return -1
		case a.factor > b.factor:
			return 1
		}
		return 0
	})
	if len(list) == 0 {
		return best, err
	}
	best = list[0]
	for i, c := range list[:min(refined, len(list))] {
		if err == nil {
			c, err = s.minimise(spec, c, stage{fmt.Sprintf("candidate %d of %d", i+1, refined), 24, 60, sets{n: min(s.o.Cells, 4*coarse), blocks: true}})
		}
		if err != nil {
			return best, err
		}
		if c.factor = s.radius(spec, c, s.all(spec)); i == 0 || c.factor < best.factor {
			best = c
		}
	}
	return best, nil
}

// stage is one run of L-BFGS.
type stage struct {
	name          string
	cycles, steps int
	sets
}

// all are the sets of waves of the last stage.
func (s *search) all(spec Spec) sets {
	deep := deepest[s.problem.Dim]
	if !newParameters(s.problem, spec).sine() { // then there are more blocks
		deep /= 4
	}
	return sets{n: s.o.Cells, blocks: true, deep: min(8*s.o.Cells, deep)}
}

// deepest bounds the waves of deep blocks along an axis.
var deepest = [...]int{1: 4096, 2: 512, 3: 64}

// climb goes on from a candidate on the finest grid, with more cycles, then on more levels.
func (s *search) climb(spec Spec, c candidate) (candidate, error) {
	const name = "best"
	all, fine := s.all(spec), sets{n: s.o.Cells, blocks: true}
	c.factor = s.radius(spec, c, all)
	for _, at := range []stage{{name, 24, 100, fine}, {name, 48, 60, fine}, {name, 12, 100, all}, {name, 16, 60, all}} {
		next, err := s.minimise(spec, c, at)
		if err != nil {
			return c, err
		}
		if next.factor = s.radius(spec, next, all); next.factor < c.factor {
			c = next
		}
	}
	return c, nil
}

// minimise runs L-BFGS from a candidate.
func (s *search) minimise(spec Spec, c candidate, at stage) (candidate, error) {
	p := newParameters(s.problem, spec)
	o := newObjective(s.problem, p, at.sets, at.cycles, s.o.Seed)
	x := p.numbers(c.kernels)
	if at.deep > 0 {
		o.begin(x)
	}
	problem := optimize.Problem{
		Func: func(x []float64) float64 {
			loss, _ := o.evaluate(x)
			if math.IsNaN(loss) {
				return math.Inf(1) // a line search may try too much, and shortens its step
			}
			return loss
		},
		Grad: func(grad, x []float64) {
			_, g := o.evaluate(x)
			copy(grad, g)
		},
		Status: func() (optimize.Status, error) {
			if err := s.ctx.Err(); err != nil {
				return optimize.Failure, err
			}
			return optimize.NotTerminated, nil
		},
	}
	res, err := optimize.Minimize(problem, x, &optimize.Settings{
		MajorIterations: at.steps, FuncEvaluations: 10 * at.steps,
		Recorder: recorder(func(step int, factor float64) {
			if s.o.Progress != nil {
				s.o.Progress(Progress{fmt.Sprintf("%s, %d cells, %d cycles", at.name, max(at.n, at.deep), at.cycles), step, factor})
			}
		}),
	}, &optimize.LBFGS{Store: 30})
	if err := s.ctx.Err(); err != nil {
		return c, err
	}
	if res == nil {
		return c, fmt.Errorf("fourier: %w", err)
	}
	// The line search fails where rounding hides a further descent: that is no error.
	c.kernels = p.kernels(res.X)
	return c, nil
}

// recorder passes the progress of gonum's optimiser on.
type recorder func(step int, factor float64)

// Init implements optimize.Recorder.
func (recorder) Init() error { return nil }

// Record implements optimize.Recorder.
func (r recorder) Record(l *optimize.Location, op optimize.Operation, s *optimize.Stats) error {
	if op == optimize.MajorIteration {
		r(s.MajorIterations, math.Exp(l.F))
	}
	return nil
}

// radius is the factor on sets of waves.
func (s *search) radius(spec Spec, c candidate, at sets) float64 {
	p := newParameters(s.problem, spec)
	return newObjective(s.problem, p, at, 1, s.o.Seed).radius(p.numbers(c.kernels))
}

// random is Jacobi steps with noise on every weight.
func (s *search) random(spec Spec) []*kernels {
	p := newParameters(s.problem, spec)
	list := make([]*kernels, spec.Levels)
	for n := range list {
		list[n] = p.zeros()
		for _, steps := range [][][]float64{list[n].pre, list[n].post} {
			for _, k := range steps {
				k[len(k)/2] = .8
			}
		}
		list[n].r, list[n].p, list[n].coarse = p.r.Start, p.p.Start, p.coarse.Start
	}
	x := p.numbers(list)
	for i := range x {
		x[i] += .1 * s.rng.NormFloat64()
	}
	return p.kernels(x)
}
