package meta

// One training of a network that emits what P of black-box multigrid is made of.

import (
	"context"
	"math"
	"math/rand/v2"

	"mgtool/bridge/adam"
	"mgtool/multigrid/method"
	"mgtool/pde/stencil"
)

// Problems draws operators with variable coefficients, symmetric and positive definite, of
// n × n cells with zero boundary values.
type Problems func(random *rand.Rand, n int) (stencil.Operator, error)

const (
	patchCells = 16 // a side, of a training problem
	patchDepth = 3  // it is A, or up to two levels below a larger A
	vectors    = 4  // errors followed at a time
	followed   = 5  // cycles until their gradient is taken
)

// energyWeight is the weight of the energy of P in what is minimised. Without it the network wins
// more with W-cycles, and loses with V-cycles.
const energyWeight = 1

// twoGrids is black-box multigrid on two grids of a patch, symmetric: Gauss–Seidel before the
// exact coarse correction and in the opposite order after it. With S the sweep before it, an
// error u has
//
//	λ(u) = min_e ‖S u − P e‖²_A/‖u‖²_A,     ∂λ/∂P = −2 (A w) eᵀ/‖u‖²_A,   w = S u − P e,
//
// since e is the minimum: nothing goes through the coarse operator. The largest λ is the factor
// of the cycle, and its u is what cycles make of any error.
type twoGrids struct {
	patch  *patch
	p      *interpolation
	coarse *cholesky

	r, pe, g, e []float64
}

func newTwoGrids(in *interpolation) (*twoGrids, error) {
	c, err := in.coarse().cholesky()
	if err != nil {
		return nil, err
	}
	fine, coarse := (in.patch.n+2)*(in.patch.n+2), (in.nc+2)*(in.nc+2)
	return &twoGrids{patch: in.patch, p: in, coarse: c, r: make([]float64, fine), pe: make([]float64, fine), g: make([]float64, coarse), e: make([]float64, coarse)}, nil
}

// cycle changes u to what a cycle makes of it, with ‖u‖_A = 1 before, and returns λ. If gradient
// is not nil it adds weight times that of log λ in the scores.
func (t *twoGrids) cycle(u []float64, weight float64, gradient []float64) (lambda float64) {
	size := math.Sqrt(t.patch.energy(u))
	for i := range u {
		u[i] /= size
	}
	t.patch.relax(u, nil, false)
	t.patch.residual(t.r, u, nil) // −A S u
	t.p.restrict(t.g, t.r)
	t.coarse.solve(t.e, t.g, t.p.nc)
	t.p.prolong(t.pe, t.e)
	for i, v := range t.pe {
		u[i] += v
	}
	lambda = t.patch.energy(u)
	if gradient != nil {
		t.patch.residual(t.r, u, nil) // −A w; here w = S u + P e, so the sign is the opposite
		t.p.slope(-2*weight/lambda, t.r, t.pe, gradient)
	}
	t.patch.relax(u, nil, true)
	return lambda
}

// loss is the mean of log λ over some errors after some cycles, and its gradient in the scores.
func (t *twoGrids) loss(random *rand.Rand, weight float64, gradient []float64) (loss float64) {
	w := t.patch.n + 2
	u := make([]float64, w*w)
	for range vectors {
		for j := 1; j <= t.patch.n; j++ {
			for i := 1; i <= t.patch.n; i++ {
				u[j*w+i] = random.NormFloat64()
			}
		}
		for range followed {
			t.cycle(u, 0, nil)
		}
		loss += math.Log(t.cycle(u, weight/vectors, gradient)) / vectors
	}
	return loss
}

// energy is log ‖P e‖²_A of a random e, and adds weight times its gradient in the scores. The
// coarse problem of more than two grids is solved the worse, the more energy P gives to errors
// that are rough on the coarse grid.
func (t *twoGrids) energy(random *rand.Rand, weight float64, gradient []float64) float64 {
	wc := t.p.nc + 2
	clear(t.e)
	for j := 1; j <= t.p.nc; j++ {
		for i := 1; i <= t.p.nc; i++ {
			t.e[j*wc+i] = random.NormFloat64()
		}
	}
	t.p.prolong(t.pe, t.e)
	e := t.patch.energy(t.pe)
	if gradient != nil {
		t.patch.residual(t.r, t.pe, nil) // −A P e
		t.p.slope(-2*weight/e, t.r, t.pe, gradient)
	}
	return math.Log(e)
}

// scorer evaluates the two networks on the points of an interpolation.
type scorer struct{ edge, corner *perceptron }

// score sets the scores, and P.
func (s scorer) score(in *interpolation) {
	var te, tc tape
	for k := range in.points {
		x := &in.points[k]
		p, t, outputs := s.edge, &te, 1
		if len(x.neighbours) == 8 {
			p, t, outputs = s.corner, &tc, 2
		}
		for q := 0; q < len(x.neighbours); q += outputs {
			copy(in.scores[x.first+q:], p.forward(in.features(x, x.neighbours[q]), t))
		}
	}
	in.weigh()
}

// backward adds the gradient of the weights.
func (s scorer) backward(in *interpolation, dscores, edge, corner []float64) {
	var te, tc tape
	for k := range in.points {
		x := &in.points[k]
		p, t, outputs, gradient := s.edge, &te, 1, edge
		if len(x.neighbours) == 8 {
			p, t, outputs, gradient = s.corner, &tc, 2, corner
		}
		for q := 0; q < len(x.neighbours); q += outputs {
			p.forward(in.features(x, x.neighbours[q]), t)
			p.backward(t, dscores[x.first+q:x.first+q+outputs], gradient)
		}
	}
}

// features are the inputs for the neighbour o of a point, until the next call.
func (in *interpolation) features(x *point, o int) []float64 {
	a := in.patch.a
	method.RowFeatures([3]*[27][]float64{&a[x.j-1], &a[x.j], &a[x.j+1]}, x.i, o, &in.inputs)
	return in.inputs[:]
}

// Influence trains a network for P of black-box multigrid on a family of problems. When ctx ends it
// returns what it has learned so far.
func Influence(ctx context.Context, draw Problems, o Options) (*method.Network, error) {
	o = o.or(300, 8, 16, 1e-2)
	if err := o.check(); err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(o.Seed, 2))
	s := scorer{
		newPerceptron(random, method.RowInputs, o.Hidden, o.Hidden, 1),
		newPerceptron(random, method.RowInputs, o.Hidden, o.Hidden, 2),
	}
	ne, nc := len(s.edge.x), len(s.corner.x)
	edge, corner := adam.New(ne), adam.New(nc)
	err := fit(ctx, random, o, ne+nc, seeded, func(seed [2]uint64, gradient []float64) (lesson, error) {
		return s.task(draw, rand.New(rand.NewPCG(seed[0], seed[1])), gradient[:ne], gradient[ne:])
	}, func(gradient []float64, rate float64) {
		adam.Clip(gradient[:ne])
		adam.Clip(gradient[ne:])
		edge.Step(s.edge.x, gradient[:ne], rate)
		corner.Step(s.corner.x, gradient[ne:], rate)
	})
	if err != nil {
		return nil, err
	}
	return s.network(), nil
}

// network is the same for a method of V- or W-cycles that smooth once before and once after.
func (s scorer) network() *method.Network {
	return &method.Network{
		Emits: method.EmitsInfluence, Pre: 1, Post: 1,
		Parts: map[string]method.Perceptron{"edge": s.edge.layers(), "corner": s.corner.layers()},
	}
}

// task is the lesson of one problem; it adds the gradient of its loss.
func (s scorer) task(draw Problems, random *rand.Rand, edge, corner []float64) (l lesson, err error) {
	depth := min(random.IntN(patchDepth), random.IntN(patchDepth)) // larger ones take longer
	a, err := draw(random, patchCells<<depth)
	if err != nil {
		return l, err
	}
	p, err := patchOf(a)
	if err != nil {
		return l, err
	}
	for range depth {
		in := newInterpolation(p)
		s.score(in)
		p = in.coarse()
	}
	in := newInterpolation(p)
	s.score(in)
	t, err := newTwoGrids(in)
	if err != nil {
		return l, err
	}
	dscores := make([]float64, len(in.scores))
	lambda := t.loss(random, 1, dscores)
	l = lesson{lambda + energyWeight*t.energy(random, energyWeight, dscores), -lambda / math.Ln10}
	s.backward(in, dscores, edge, corner)
	return l, nil
}
