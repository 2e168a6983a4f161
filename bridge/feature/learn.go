package feature

// A and B learned from images, by gradients through the iteration.

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// Learning says how A and B are learned from images: by AdamW on batches, for the loss
//
//	mean (g − A u_k)² + λ mean_images (mean u_k)²,
//
// u_k the feature after Steps. The second part is the square of the 1-norm where u ≥ 0, and
// makes features sparse (the exclusive lasso). Without a bound on A it could be had for nothing,
// by A ← c A, u ← u/c; so after each step the kernel of every channel of A gets norm 1. A
// starts at random and B as ω Aᵀ, see [Landweber].
type Learning struct {
	Channels int // of the feature
	Width    int // of the kernels, odd
	Steps    int // of the iteration
	Form     Form
	Sparsity float64 // λ
	Epochs   int
	Batch    int
	// Rate of AdamW for A, at its largest: it rises over the first tenth and then falls to 0.
	// That for B is as much of B's size, which is far smaller.
	Rate float64
	Seed uint64
	// Report, if not nil, gets the mean loss of each epoch.
	Report func(epoch int, loss float64)
}

// DefaultLearning is a minute's work on 1,600 images of 28×28 pixels.
func DefaultLearning() Learning {
	return Learning{Channels: 8, Width: 5, Steps: 6, Form: Projected, Sparsity: 30, Epochs: 6, Batch: 32, Rate: .03, Seed: 1}
}

// Validate reports the first invalid value.
func (l Learning) Validate() error {
	switch {
	case l.Channels < 1 || l.Channels > 256:
		return fmt.Errorf("feature: %d channels; want 1 to 256", l.Channels)
	case l.Width < 1 || l.Width > widest || l.Width%2 == 0:
		return fmt.Errorf("feature: kernels %d wide; want an odd width, at most %d", l.Width, widest)
	case l.Steps < 1 || l.Steps > 100:
		return fmt.Errorf("feature: %d steps; want 1 to 100", l.Steps)
	case !(l.Sparsity >= 0) || math.IsInf(l.Sparsity, 0):
		return fmt.Errorf("feature: a weight %g of sparsity; want 0 or more", l.Sparsity)
	case l.Epochs < 1 || l.Batch < 1:
		return fmt.Errorf("feature: %d epochs of batches of %d; want 1 or more of each", l.Epochs, l.Batch)
	case !(l.Rate > 0) || math.IsInf(l.Rate, 0):
		return fmt.Errorf("feature: a learning rate of %g; want more than 0", l.Rate)
	}
	_, err := ParseForm(string(l.Form))
	return err
}

// parameters are A and B as the graph has them.
type parameters struct{ a, b []float32 }

// program is the program of the loss for a batch of images,
// (batch, h, w, channels).
func (l Learning) program(p parameters, images []float32, shape tensor.Shape) (*graph.Program, error) {
	zeros, ones := make([]float32, shape.N), make([]float32, l.Channels)
	for i := range ones {
		ones[i] = 1 / float32(l.Channels)
	}
	return graph.Build(func(b *graph.Builder) *graph.Node {
		g := b.Input("g", []int{shape.N, shape.H, shape.W, shape.C}, images)
		wa := b.Param("A", []int{l.Width, l.Width, l.Channels, shape.C}, p.a)
		wb := b.Param("B", []int{l.Width, l.Width, shape.C, l.Channels}, p.b)
		s := space[*graph.Node]{
			a:     func(x *graph.Node) *graph.Node { return b.Conv(x, wa, 1, l.Width/2) },
			b:     func(x *graph.Node) *graph.Node { return b.Conv(x, wb, 1, l.Width/2) },
			sigma: b.ReLU, add: b.Add, sub: b.Sub,
		}
		var u *graph.Node // 0
		r := g
		for range l.Steps {
			u, r = s.step(l.Form, g, u, r)
		}
		loss := b.SquaredError(s.a(u), images)
		if l.Sparsity == 0 {
			return loss
		}
		mean := b.Linear(b.GlobalAvgPool(u), b.Input("ones", []int{l.Channels, 1}, ones), b.Input("no bias", []int{1}, make([]float32, 1)))
		return b.Add(loss, b.Scale(b.SquaredError(mean, zeros), float32(l.Sparsity)))
	})
}

// start makes A at random and B from it.
func (l Learning) start(channels int) parameters {
	rng := rand.New(rand.NewPCG(l.Seed, 0x66656174757265))
	p := parameters{a: make([]float32, l.Width*l.Width*l.Channels*channels)}
	for i := range p.a {
		p.a[i] = float32(math.Abs(rng.NormFloat64())) // images have values of 0 and more
	}
	l.normalise(p.a, channels)
	a := l.kernel(p.a, l.Channels, channels)
	b, err := Landweber(a, 1)
	if err != nil {
		b = a.Adjoint() // A is not 0
	}
	for _, w := range b.Weights {
		p.b = append(p.b, float32(w))
	}
	return p
}

// Start is the model that learning starts from, for images of some channels.
func (l Learning) Start(channels int) (Model, error) {
	if err := l.Validate(); err != nil {
		return Model{}, err
	}
	if channels < 1 {
		return Model{}, fmt.Errorf("feature: images of %d channels; want 1 or more", channels)
	}
	return l.model(l.start(channels), channels), nil
}

func (l Learning) model(p parameters, channels int) Model {
	return Model{l.Form, l.kernel(p.a, l.Channels, channels), l.kernel(p.b, channels, l.Channels)}
}

// normalise gives the kernel of every channel of A norm 1.
func (l Learning) normalise(a []float32, channels int) {
	for i := range l.Channels {
		sum := 0.0
		at := func(q, o int) *float32 { return &a[(q*l.Channels+i)*channels+o] }
		for q := range l.Width * l.Width {
			for o := range channels {
				sum += float64(*at(q, o)) * float64(*at(q, o))
			}
		}
		if sum == 0 {
			continue
		}
		for q := range l.Width * l.Width {
			for o := range channels {
				*at(q, o) = float32(float64(*at(q, o)) / math.Sqrt(sum))
			}
		}
	}
}

// rms is the root of the mean of w².
func rms(w []float32) float64 { return math.Sqrt(tensor.SumSquares(w) / float64(len(w))) }

func (l Learning) kernel(w []float32, in, out int) Kernel {
	k := Kernel{l.Width, in, out, make([]float64, len(w))}
	for i, v := range w {
		k.Weights[i] = float64(v)
	}
	return k
}

// Learn returns the model that was learned from images, all of one size: the same for the same
// seed. Images beyond a whole number of batches are left out of an epoch, each time others. If ctx
// is cancelled the model is what was learned until then, with the error of ctx.
func Learn(ctx context.Context, images []Map, l Learning) (Model, error) {
	if err := l.Validate(); err != nil {
		return Model{}, err
	}
	if len(images) < l.Batch {
		return Model{}, fmt.Errorf("feature: %d images for batches of %d; want as many at least", len(images), l.Batch)
	}
	first := images[0]
	for _, g := range images {
		if err := g.validate("an image"); err != nil {
			return Model{}, err
		}
		if g.Height != first.Height || g.Width != first.Width || g.Channels != first.Channels {
			return Model{}, fmt.Errorf("feature: images of %d×%d×%d and %d×%d×%d; want one size", first.Height, first.Width, first.Channels, g.Height, g.Width, g.Channels)
		}
	}
	shape := tensor.Shape{N: l.Batch, H: first.Height, W: first.Width, C: first.Channels}
	batch, p := make([]float32, shape.Len()), l.start(first.Channels)
	program, err := l.program(p, batch, shape)
	if err != nil {
		return Model{}, err
	}
	adam := tensor.AdamW{Beta1: .9, Beta2: .99, Epsilon: 1e-8}
	moments := func(w []float32) [2][]float32 { return [2][]float32{make([]float32, len(w)), make([]float32, len(w))} }
	ma, mb := moments(p.a), moments(p.b)
	rng := rand.New(rand.NewPCG(l.Seed, 0x6261746368))
	perEpoch := len(images) / l.Batch
	total := l.Epochs * perEpoch
	for epoch := range l.Epochs {
		order, sum := rng.Perm(len(images)), 0.0
		for k := range perEpoch {
			if err := ctx.Err(); err != nil {
				return l.model(p, first.Channels), err
			}
			for n, i := range order[k*l.Batch : (k+1)*l.Batch] {
				for q, v := range images[i].Values {
					batch[n*len(images[i].Values)+q] = float32(v)
				}
			}
			if err := program.Run(); err != nil {
				return Model{}, err
			}
			loss := float64(program.Value()[0])
			if math.IsNaN(loss) || math.IsInf(loss, 0) {
				return Model{}, fmt.Errorf("feature: the loss is %g in epoch %d; want a smaller learning rate", loss, epoch+1)
			}
			sum += loss
			t := epoch*perEpoch + k + 1
			at := float64(t) / float64(total)
			rate := l.Rate * min(at/.1, (1-at)/.9)
			adam.Step(p.a, ma[0], ma[1], program.Gradient("A"), rate, 0, t)
			adam.Step(p.b, mb[0], mb[1], program.Gradient("B"), rate*rms(p.b)/rms(p.a), 0, t)
			l.normalise(p.a, first.Channels)
		}
		if l.Report != nil {
			l.Report(epoch+1, sum/float64(perEpoch))
		}
	}
	return l.model(p, first.Channels), nil
}

// Quality tells how well a model explains images.
type Quality struct {
	// Error is ‖g − A u‖ / ‖g‖ over all images together.
	Error float64 `json:"error"`
	// Zeros is the share of the feature's values that are 0.
	Zeros float64 `json:"zeros"`
	// Mean is that of |u|.
	Mean float64 `json:"mean"`
	// Least is the smallest value of u.
	Least float64 `json:"least"`
}

// Judge applies steps of a model to images.
func Judge(ctx context.Context, m Model, images []Map, steps int) (Quality, error) {
	var residual, data, mean float64
	zeros, count := 0, 0
	least := math.Inf(1)
	for _, g := range images {
		var left Map
		u, err := m.Solve(ctx, g, steps, func(_ int, _, r Map) { left = r })
		if err != nil {
			return Quality{}, err
		}
		residual += left.Norm() * left.Norm()
		data += g.Norm() * g.Norm()
		for _, v := range u.Values {
			mean += math.Abs(v)
			least = min(least, v)
			if v == 0 {
				zeros++
			}
		}
		count += len(u.Values)
	}
	if count == 0 || data == 0 {
		return Quality{}, fmt.Errorf("feature: %d images, of norm %g; want images that are not 0", len(images), math.Sqrt(data))
	}
	return Quality{math.Sqrt(residual / data), float64(zeros) / float64(count), mean / float64(count), least}, nil
}
