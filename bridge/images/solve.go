package images

// The other way between the jobs: a PDE solved with the stencils that a classifier learned.
//
// Of each B of a trained MgNet, the kernel K of a channel by itself is a 3×3 stencil. Times s
// it smooths −Δu = g by u ← u + s K ∗ (r/D). A classifier does not know the scale, so s is the
// one with the least smoothing factor,
//
//	μ(s) = max |1 − s K̂(θ) Â(θ)/D|   over the waves θ that a coarse grid does not see,
//
// a maximum of moduli of affine functions and so convex in s. Likewise the kernel of a channel
// of R, over its sum, restricts. −Δ looks alike along both axes and from both sides, which no
// kernel of an image has to, so that each is tried as it is and averaged over the eight
// symmetries of the square. What is measured is the true factor of the cycle. Random kernels,
// as many, are the control: with enough of them the best is not bad either.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"slices"

	"mgtool/bridge/spectrum"
	"mgtool/mgnet"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Kernel is a channel of an operator that a network learned.
type Kernel struct {
	Operator       string // its name in the network, as level0.B
	Channel        int
	Stencil        *method.Stencil
	Scale          float64 // s for a B, one over the sum for an R
	Smoothing      float64 // μ(s) of a B; NaN for an R
	Factor         float64 // of the V(1,1)-cycle; 1 or more diverges, NaN is not known
	FactorOnDouble float64 // on twice as many cells; measured of the best alone, else NaN
}

// Kernels are the 3×3 stencils of all channels of all Bs, or Rs, of a network, each from a
// channel to itself; op is "B" or "R".
func Kernels(n *mgnet.Network, op string) ([]Kernel, error) {
	c, ok := n.Model.(mgnet.MgNet)
	if !ok || op != "B" && op != "R" {
		return nil, fmt.Errorf("images: stencils of %s of a model %q; want B or R of an mgnet", op, n.Model.Sig().Family)
	}
	var list []Kernel
	add := func(name string) {
		p := n.Param(name)
		if p == nil || len(p.Shape) != 4 || p.Shape[0] != 3 {
			return
		}
		in, out := p.Shape[2], p.Shape[3]
		channels := min(in, out)
		if p.Depthwise {
			channels = out
		}
		for ch := range channels {
			k := Kernel{Operator: name, Channel: ch, Stencil: &method.Stencil{Dim: 2, Width: 3, Weights: make([]float64, 9)}}
			for i := range k.Stencil.Weights {
				k.Stencil.Weights[i] = float64(p.Data[(i*in+min(ch, in-1))*out+ch])
			}
			list = append(list, k)
		}
	}
	for l, steps := range c.Smoothings {
		add(fmt.Sprintf("level%d.%s", l, op))
		for k := range steps {
			add(fmt.Sprintf("level%d.step%d.%s", l, k, op))
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("images: this network has no 3×3 kernels of %s; want an mgnet with them", op)
	}
	return list, nil
}

// RandomKernels are count kernels of nine independent normal weights: the control.
func RandomKernels(count int, seed uint64) (list []Kernel) {
	rng := rand.New(rand.NewPCG(seed, 0x6b65726e656c73))
	for ch := range count {
		k := Kernel{Operator: "random", Channel: ch, Stencil: &method.Stencil{Dim: 2, Width: 3, Weights: make([]float64, 9)}}
		for i := range k.Stencil.Weights {
			k.Stencil.Weights[i] = rng.NormFloat64()
		}
		list = append(list, k)
	}
	return list
}

// waves is the number of waves along an axis at which the smoothing factor is taken.
const waves = 32

// BestScale is the s with the least smoothing factor of u ← u + s K ∗ (r/D) for −Δ by the five-
// point stencil, and that factor: 1, with s = 0, for a K that does not smooth.
func BestScale(k *method.Stencil) (s, smoothing float64) {
	five := &method.Stencil{Dim: 2, Width: 3, Weights: []float64{0, -.25, 0, -.25, 1, -.25, 0, -.25, 0}} // over D
	var z []complex128
	largest := 0.
	for a := range waves/2 + 1 { // the conjugates, of −a, have the same moduli
		for b := -waves / 2; b < waves/2; b++ {
			if max(a, b, -b) >= waves/4 {
				theta := [3]float64{2 * math.Pi * float64(a) / waves, 2 * math.Pi * float64(b) / waves}
				z = append(z, k.Symbol(theta)*five.Symbol(theta))
				largest = max(largest, cmplx.Abs(z[len(z)-1]))
			}
		}
	}
	if largest == 0 {
		return 0, 1
	}
	mu := func(s float64) (worst float64) {
		for _, v := range z {
			worst = max(worst, cmplx.Abs(1-complex(s, 0)*v))
		}
		return worst
	}
	lo, hi := -2/largest, 2/largest // beyond, it is more than 1
	for range 80 {
		a, b := lo+(hi-lo)/3, hi-(hi-lo)/3
		if mu(a) <= mu(b) {
			hi = b
		} else {
			lo = a
		}
	}
	s = (lo + hi) / 2
	if smoothing = mu(s); smoothing > 1-1e-9 {
		return 0, 1
	}
	return s, smoothing
}

// Method is the V(1,1)-cycle with this kernel: as the smoother, or as the restriction of
// Jacobi's cycle with ω = 4/5.
func (k Kernel) Method(restricts bool) *method.Method {
	step := method.Step{Stencil: k.Stencil.Scale(k.Scale)}
	if restricts {
		step = method.Step{Jacobi: .8}
	}
	m := method.Classical(fmt.Sprintf("%s, channel %d", k.Operator, k.Channel), 2, []method.Step{step}, []method.Step{step}, method.Galerkin)
	if restricts {
		m.Levels[0].Restriction = method.Transfer{Stencil: k.Stencil.Scale(k.Scale)}
	}
	m.About = map[string]any{"family": "poisson", "from": "a classifier of images", "scale": k.Scale}
	return m
}

// Factor measures the true convergence factor of a method for −Δ on n cells a side of the unit
// square with zero boundary. A cycle that overflows has the factor +Inf.
func Factor(ctx context.Context, m *method.Method, n int, seed uint64) (float64, error) {
	grid, err := pde.Unit(2, n)
	if err != nil {
		return math.NaN(), err
	}
	a := stencil.Laplacian(grid)
	s, err := m.Settings(a)
	if err != nil {
		return math.NaN(), err
	}
	e, err := spectrum.Factor(ctx, a, s, spectrum.Options{Seed: seed})
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return math.NaN(), err
	}
	if err != nil {
		return math.Inf(1), nil
	}
	return e.Factor, nil
}

// Averaged is the mean of a 3×3 stencil over the symmetries of the square.
func Averaged(k *method.Stencil) *method.Stencil {
	w := k.Weights
	edge, corner := (w[1]+w[3]+w[5]+w[7])/4, (w[0]+w[2]+w[6]+w[8])/4
	return &method.Stencil{Dim: 2, Width: 3, Weights: []float64{corner, edge, corner, edge, w[4], edge, corner, edge, corner}}
}

// Transplant is what the kernels of a network are worth in a solver.
type Transplant struct {
	Operator        string
	Groups          []Group
	Classical       float64 // the factor with multigrid's own: Jacobi with ω = 4/5, full weighting
	ClassicalDouble float64 // the same on twice as many cells
}

// Group is kernels of one kind, by their factors, best first.
type Group struct {
	Name    string // learned or random, and averaged
	Kernels []Kernel
}

// Converging is the number of kernels whose cycle converges.
func (g Group) Converging() (count int) {
	for _, k := range g.Kernels {
		if k.Factor < 1 {
			count++
		}
	}
	return count
}

// Solve measures the kernels of an operator, "B" or "R", of a network, and as many random ones,
// on n cells a side. report, if not nil, is called with the numbers of kernels measured and of
// all.
func Solve(ctx context.Context, network *mgnet.Network, op string, n int, seed uint64, report func(done, all int)) (*Transplant, error) {
	list, err := Kernels(network, op)
	if err != nil {
		return nil, err
	}
	t := &Transplant{Operator: op}
	jacobi := Kernel{Stencil: method.JacobiStencil(2, 1), Scale: .8}
	if t.Classical, err = Factor(ctx, jacobi.Method(false), n, seed); err != nil {
		return nil, err
	}
	if t.ClassicalDouble, err = Factor(ctx, jacobi.Method(false), 2*n, seed); err != nil {
		return nil, err
	}
	for _, g := range []Group{{"learned", list}, {"random", RandomKernels(len(list), seed)}} {
		even := Group{g.Name + ", averaged", slices.Clone(g.Kernels)}
		for i, k := range even.Kernels {
			even.Kernels[i].Stencil = Averaged(k.Stencil)
		}
		t.Groups = append(t.Groups, g, even)
	}
	done := 0
	for _, g := range t.Groups {
		for i := range g.Kernels {
			if err := g.Kernels[i].measure(ctx, op == "R", n, seed); err != nil {
				return nil, err
			}
			if done++; report != nil {
				report(done, len(t.Groups)*len(list))
			}
		}
		slices.SortStableFunc(g.Kernels, func(a, b Kernel) int { return cmp.Compare(a.Factor, b.Factor) })
		if best := &g.Kernels[0]; best.Factor < 1 {
			if best.FactorOnDouble, err = Factor(ctx, best.Method(op == "R"), 2*n, seed); err != nil {
				return nil, err
			}
		}
	}
	return t, nil
}

// measure sets the scale and the factors of a kernel. One that does not smooth, or whose sum is
// 0, has the factor +Inf.
func (k *Kernel) measure(ctx context.Context, restricts bool, n int, seed uint64) (err error) {
	k.Smoothing, k.Factor, k.FactorOnDouble = math.NaN(), math.Inf(1), math.NaN()
	if restricts {
		sum := 0.
		for _, w := range k.Stencil.Weights {
			sum += w
		}
		k.Scale = 1 / sum
	} else if k.Scale, k.Smoothing = BestScale(k.Stencil); k.Smoothing == 1 {
		return nil
	}
	if !math.IsInf(k.Scale, 0) {
		k.Factor, err = Factor(ctx, k.Method(restricts), n, seed)
	}
	return err
}
