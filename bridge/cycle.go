package bridge

// A cycle with values for its operators, as a specification says.

import (
	"fmt"
	"math/rand/v2"

	"mgtool/bridge/specification"
	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Cycle is a linear cycle whose operators are kernels, some of them learned. It starts as
// the classical cycle of its specification. Kernels have no units: B acts on r/D, D the
// diagonal of A, and a learned coarse A is a kernel that D of the finer level multiplies. The
// finest A is the problem itself and stays as it is, so what the cycle converges to is the
// solution, whatever the other kernels are.
type Cycle struct {
	Specification specification.Specification

	problems []stencil.Operator
	grids    []pde.Grid // of the levels in training; on the last A is inverted
	dim      int
	levels   []level // all but the last
	all      []*values
	noise    *rand.Rand           // of operators learned anew
	given    [][]multigrid.Coarse // A and P of the levels of each problem, where P is from the rows of A
}

// level is the smoothing on a level and the way to the next.
type level struct {
	pre, post []step
	r, p      *values // a nil r is the transpose of P over 2^d, a nil p from the rows of A
	a         *values // kernel of the next A, over the diagonal of this one; nil if not learned
}

// step is a correction of u: by a stencil, by a weight, or by a weight for each colour.
type step struct {
	kind   string
	values []*values
}

// values are those of a kernel or of a weight, which levels may share.
type values struct {
	name  string
	shape []int
	data  []float32
	space *space
	z     []float64 // where in the space; empty if nothing is learned
}

// New makes the cycle of a specification for some operators on one grid of vertices with
// Dirichlet sides, whose cells can be halved until at most 64 unknowns are left, or at least until
// an odd number of cells has at most 1024. Several
// operators are a family that the cycle is to serve; then A cannot be learned. The seed is
// that of operators learned anew.
func New(s specification.Specification, seed uint64, problems ...stencil.Operator) (*Cycle, error) {
	if err := s.Validate(specification.Cycle); err != nil {
		return nil, err
	}
	c := &Cycle{Specification: s, problems: problems, noise: rand.New(rand.NewPCG(seed, 0x616e6577))}
	if err := c.measure(); err != nil {
		return nil, err
	}
	for l := range len(c.grids) - 1 {
		next, err := c.level(l)
		if err != nil {
			return nil, err
		}
		c.levels = append(c.levels, next)
	}
	if c.blackBox() {
		if err := c.build(); err != nil {
			return nil, err
		}
	}
	if c.grids[len(c.grids)-1].Unknowns() > mostUnknowns { // the solver has classical levels below, if it can
		settings, err := c.Settings(problems[0])
		if err == nil {
			_, err = multigrid.NewSolver(problems[0], settings)
		}
		if err != nil {
			return nil, fmt.Errorf("bridge: training on %v: %w", c.grids[0], err)
		}
	}
	return c, nil
}

// shared is which of the operators of a name level l has.
func shared(w specification.Switch, l int) int {
	if k, _ := w.Period(); k > 0 {
		return l % k
	}
	return l
}

// level makes the operators of level l, or takes them from the one it shares them with.
func (c *Cycle) level(l int) (level, error) {
	b := c.Specification.Of("B")
	pre, post := c.Specification.Steps()
	var one, other []step
	switch {
	case !b.Apart || pre*post == 0: // with steps on one side alone there is nothing to tell apart
		one = c.steps(b, l, "B")
		other = one
	default:
		one, other = c.steps(b, l, "pre"), c.steps(b, l, "post")
	}
	var v level
	for range pre {
		v.pre = append(v.pre, one...)
	}
	for range post {
		v.post = append(v.post, other...)
	}
	p, r, a := c.Specification.Of("P"), c.Specification.Of("R"), c.Specification.Of("A")
	if c.blackBox() {
		return v, nil
	}
	v.p = c.kernel("P", p, shared(p, l), method.LinearStencil(c.dim).Weights)
	if r.From != specification.Transpose {
		v.r = c.kernel("R", r, shared(r, l), method.LinearStencil(c.dim).Scale(1/float64(int(1)<<c.dim)).Weights)
	}
	if a.Learned() {
		start, err := c.coarse(l)
		if err != nil {
			return v, err
		}
		v.a = c.kernel("A", a, shared(a, l), start)
	}
	return v, nil
}

// coarse is the kernel of A on the level below l, over the diagonal of level l, of the cycle
// that the learned one starts from.
func (c *Cycle) coarse(l int) ([]float64, error) {
	operators, err := c.classical(c.problems[0])
	if err != nil {
		return nil, err
	}
	fine, _ := operators[l].Kernel()
	coarse, _ := operators[l+1].Kernel()
	return method.FromKernel(c.dim, coarse.Scale(1/fine[len(fine)/2])).Weights, nil
}

// classical lists A of all levels of the cycle with fixed operators.
func (c *Cycle) classical(a stencil.Operator) ([]stencil.Operator, error) {
	list := []stencil.Operator{a}
	for l := range len(c.grids) - 1 {
		var err error
		if c.Specification.Of("A").From == specification.Galerkin {
			var r, p stencil.Operator
			if r, p, err = multigrid.LinearTransfers(c.grids[l], c.grids[l+1]); err == nil {
				a, err = stencil.Galerkin(r, a, p)
			}
		} else {
			a, err = list[0].Rediscretize(c.grids[l+1])
		}
		if err != nil {
			return nil, fmt.Errorf("bridge: coarse A %s: %w", c.Specification.Of("A").From, err)
		}
		list = append(list, a)
	}
	return list, nil
}

// find returns the values of a name, or makes them.
func (c *Cycle) find(name string, create func() *values) *values {
	for _, v := range c.all {
		if v.name == name {
			return v
		}
	}
	v := create()
	c.all = append(c.all, v)
	return v
}

// kernel is that of an operator, 3 wide, of share k.
func (c *Cycle) kernel(op string, w specification.Switch, k int, start []float64) *values {
	return c.find(fmt.Sprintf("%s%d", op, k), func() *values {
		var keep [][]float64
		if !w.Free {
			keep = conditions(op, c.dim)
		}
		return c.values(w, newSpace(start, c.dim, 3, c.symmetry(w), keep), fmt.Sprintf("%s%d", op, k), []int{1, len(start), 1})
	})
}

// symmetry is that of the kernels of an operator.
func (c *Cycle) symmetry(w specification.Switch) string {
	if w.Symmetry == specification.SymmetryOfA {
		return c.ofOperator()
	}
	return w.Symmetry
}

// values makes those of an operator.
func (c *Cycle) values(w specification.Switch, s *space, name string, shape []int) *values {
	v := &values{name: name, shape: shape, data: make([]float32, len(s.Start)), space: s}
	if w.Learned() {
		v.z = make([]float64, len(s.Basis))
		if w.State == specification.Anew {
			s.random(c.noise, v.z)
		}
	}
	v.set()
	return v
}

// set computes the kernel from z.
func (v *values) set() {
	for i, w := range v.space.At(v.z) {
		v.data[i] = float32(w)
	}
}

// spread tells apart the stencils and weights of one step, and those before from those
// after the coarse correction, where they are learned: with equal values they would get equal
// gradients and stay equal.
const spread = .2

// steps are those of one smoothing step on level l, of the part pre, post or B (both).
func (c *Cycle) steps(w specification.Switch, l int, part string) (list []step) {
	omega := w.Omega
	if omega == 0 {
		omega = map[string][4]float64{specification.Colours: {1: 1, 2: 1.15, 3: 1.2}}[w.Kind][c.dim]
	}
	if omega == 0 {
		omega = [4]float64{1: 2. / 3, 2: .8, 3: 6. / 7}[c.dim]
	}
	colours := 1
	if w.Kind == specification.Colours {
		colours = c.colours(l)
	}
	for i := range w.Count {
		start := omega
		if w.Learned() && w.Count > 1 {
			start *= 1 + spread*(float64(i)/float64(w.Count-1)-.5)
		}
		if w.Learned() && part == "pre" {
			start *= 1 + spread/2
		}
		s := step{kind: w.Kind}
		for k := range colours {
			name := fmt.Sprintf("%s%d.%d", part, shared(w, l), i)
			if w.Kind == specification.Colours {
				name += fmt.Sprintf(" colour %d of %d", k, colours)
			}
			s.values = append(s.values, c.find(name, func() *values {
				if w.Kind != specification.Stencil {
					return c.values(w, newSpace([]float64{start}, 1, 1, "none", nil), name, []int{1})
				}
				points := 1
				for range c.dim {
					points *= w.Width
				}
				k := make([]float64, points)
				k[points/2] = start
				return c.values(w, newSpace(k, c.dim, w.Width, c.symmetry(w), nil), name, []int{1, points, 1})
			}))
		}
		list = append(list, s)
	}
	return list
}

// colours is how many the vertices of level l take: two if A is a star, in the solver's
// sense, else 2^d.
func (c *Cycle) colours(l int) int {
	if l > 0 && (c.Specification.Of("A").From == specification.Galerkin || c.Specification.Of("A").Learned()) {
		return 1 << c.dim
	}
	_, _, star := c.problems[0].Star()
	if _, _, faces := c.problems[0].Faces(); star || faces {
		return 2
	}
	return 1 << c.dim
}

// learned lists what is trained.
func (c *Cycle) learned() (list []*values) {
	for _, v := range c.all {
		if len(v.z) > 0 {
			list = append(list, v)
		}
	}
	return list
}

// Parameters is the number of learned values: the dimensions of what kernels may be.
func (c *Cycle) Parameters() (count int) {
	for _, v := range c.learned() {
		count += len(v.z)
	}
	return count
}

// get and set copy the learned values to and from one vector.
func (c *Cycle) get() (x []float64) {
	for _, v := range c.learned() {
		x = append(x, v.z...)
	}
	return x
}

func (c *Cycle) set(x []float64) {
	for _, v := range c.learned() {
		copy(v.z, x)
		x = x[len(v.z):]
		v.set()
	}
}
