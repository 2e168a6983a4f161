// Package demo runs both jobs of the project on embedded data in under a minute and
// writes the results as one HTML page: a Poisson solve and its convergence against local
// Fourier analysis, a small MgNet trained on real images, and what learned operators are
// worth in each.
package demo

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"time"

	"mgtool/bridge"
	"mgtool/bridge/images"
	"mgtool/bridge/specification"
	"mgtool/internal/atomicfile"
	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/multigrid"
	"mgtool/multigrid/lfa"
	"mgtool/pde"
	"mgtool/pde/stencil"
	"mgtool/tool"
	"mgtool/vision"
)

// Settings set the size of a demonstration.
type Settings struct {
	Seed  uint64
	Cells int // cells a side of the Poisson problems

	Model  mgnet.MgNet
	Recipe runs.Recipe

	Poisson bridge.CycleComparison
	Vision  images.Comparison
	// Images trained on in the comparison of classifiers.
	VisionImages int

	// Stage and Report, if not nil, follow the progress.
	Stage  func(name string)
	Report func(train.Progress)
}

// DefaultSettings take less than a minute on two cores.
func DefaultSettings(seed uint64) Settings {
	quick, err := runs.LookupRecipe("quick")
	if err != nil {
		panic(err) // it is in the list
	}
	small := quick
	// The comparison is short: a large rate, and no augmentation, which pays off later.
	small.Epochs, small.Batch, small.LearningRate, small.Pad, small.Mirror = 6, 20, .2, 0, false
	quick.Epochs, quick.Batch = 24, 40
	l := func(ops ...string) specification.Learned { return ops }
	training := bridge.DefaultTraining()
	training.Seed = seed
	return Settings{
		Seed: seed, Cells: 256,
		Model: mgnet.NewMgNet(28, 28, 1, 10, []int{32}, []int{1, 1, 1, 1}), Recipe: quick,
		Poisson: bridge.CycleComparison{
			N: 32, Sizes: []int{64, 256}, Pre: 1, Post: 1, Cycles: 80, Training: training,
			Variants: []specification.Specification{specification.Learn(l("B")), specification.Learn(l("B", "R", "P"))},
		},
		Vision: images.Comparison{
			Model: mgnet.NewMgNet(28, 28, 1, 10, []int{6}, []int{1, 1, 1, 1}), Recipe: small, Seed: seed,
			// mgtool compare vision has more, also with the way back up.
			Variants: []images.Variant{
				{Cycle: "down"}, {Cycle: "down", Learned: l("B")}, {Cycle: "down", Learned: l("A", "B")},
				{Cycle: "down", Learned: l("A", "B", "R", "Pi")},
			},
		},
		VisionImages: 1600,
	}
}

// Curve is the convergence of one cycle from a random start with g = 0.
type Curve struct {
	Name      string
	Residuals []float64
	Factor    float64 // measured, at the last cycle
}

// Picture is a right side, its solution, and how the solve went.
type Picture struct {
	G, U     *pde.Field[float64]
	Cycles   int
	Residual float64
	Seconds  float64
}

// Classified is a test image and the class that the network gives it.
type Classified struct {
	Index       int
	Label, Said string
	Probability float64
	Right       bool
}

// Result holds what a demonstration has computed.
type Result struct {
	Settings Settings
	Threads  int

	Picture Picture // g is an image: the lectures' data-feature equation
	Curves  []Curve
	TwoGrid float64 // factor of V(1,1), red-black, from the symbols

	Training train.Summary
	History  []train.EpochReport
	Examples []Classified
	Test     *vision.Dataset
	Images   int // number of training images

	Poisson []bridge.CycleRow
	Vision  []images.VariantRow

	Seconds float64
}

// Run runs the demonstration.
func Run(ctx context.Context, s Settings) (*Result, error) {
	begin := time.Now()
	stage := func(name string) {
		if s.Stage != nil {
			s.Stage(name)
		}
	}
	training, test, err := vision.Load("sample", "")
	if err != nil {
		return nil, err
	}
	r := &Result{Settings: s, Threads: runtime.GOMAXPROCS(0), Test: test, Images: training.Len()}

	stage("solving −Δu = g")
	if r.Picture, err = solvePicture(ctx, test, s.Cells); err != nil {
		return nil, err
	}
	if err := r.converge(ctx); err != nil {
		return nil, err
	}

	stage("training MgNet on Fashion-MNIST")
	t, err := train.NewTrainer(runs.Run{Model: s.Model, Recipe: s.Recipe, Seed: s.Seed, Data: "sample"}, training, test, "")
	if err != nil {
		return nil, err
	}
	if r.Training, err = t.Train(ctx, s.Report); err != nil {
		return nil, err
	}
	r.History = t.History()
	if r.Examples, err = classify(t.Network, test); err != nil {
		return nil, err
	}

	stage("learning operators of a Poisson cycle")
	if r.Poisson, err = bridge.CompareCycles(ctx, s.Poisson); err != nil {
		return nil, err
	}
	stage("comparing classifiers with fixed and learned operators")
	few, err := training.Limit(s.VisionImages)
	if err != nil {
		return nil, err
	}
	s.Vision.Report = s.Report
	if r.Vision, err = images.Compare(ctx, s.Vision, few, test); err != nil {
		return nil, err
	}
	r.Seconds = time.Since(begin).Seconds()
	return r, nil
}

// solvePicture solves −Δu = g with an image as g: the first test image, enlarged
// to the grid.
func solvePicture(ctx context.Context, d *vision.Dataset, n int) (Picture, error) {
	grid, err := pde.Unit(2, n)
	if err != nil {
		return Picture{}, err
	}
	img := d.Image(0)
	pixel := func(i, j int) float64 {
		i, j = max(0, min(i, d.Width-1)), max(0, min(j, d.Height-1))
		return float64(img[j*d.Width+i]) / 255
	}
	problem := pde.Problem{Name: "image", Dim: 2, G: func(x, y, _ float64) float64 {
		// Bilinear between the pixels' centres, the first row at the top.
		px, py := x*float64(d.Width)-.5, (1-y)*float64(d.Height)-.5
		i, j := int(px+1)-1, int(py+1)-1
		s, t := px-float64(i), py-float64(j)
		return (1-t)*((1-s)*pixel(i, j)+s*pixel(i+1, j)) + t*((1-s)*pixel(i, j+1)+s*pixel(i+1, j+1))
	}}
	u, g, err := problem.Discretize(grid)
	if err != nil {
		return Picture{}, err
	}
	solver, err := multigrid.NewSolver(stencil.Laplacian(grid), multigrid.DefaultSettings())
	if err != nil {
		return Picture{}, err
	}
	res, err := solver.Solve(ctx, u, g)
	if err != nil {
		return Picture{}, err
	}
	return Picture{G: g, U: u, Cycles: res.Cycles, Residual: res.Residuals[res.Cycles], Seconds: res.Time.Seconds()}, nil
}

// converge runs cycles on g = 0 from a random start, and computes the two-grid factor to
// compare them with.
func (r *Result) converge(ctx context.Context) error {
	for _, c := range []struct{ name, cycle, smoother string }{
		{"V(1,1), ω-Jacobi", "v", "jacobi"},
		{"V(1,1), red-black Gauss–Seidel", "v", "rbgs"},
		{"W(1,1), red-black Gauss–Seidel", "w", "rbgs"},
	} {
		solve := tool.DefaultSolve()
		solve.Problem, solve.N, solve.Start, solve.Seed = "zero", []int{r.Settings.Cells}, "random", r.Settings.Seed
		solve.Cycle, solve.Smoother, solve.RelTol, solve.MaxCycles = c.cycle, c.smoother, 0, 20
		p, err := solve.Prepare(ctx, tool.Reporter{})
		if err != nil {
			return err
		}
		res, err := p.Run(ctx)
		if err != nil {
			return err
		}
		r.Curves = append(r.Curves, Curve{c.name, res.Residuals, res.Factor})
	}
	cycle, err := lfa.Poisson(2, multigrid.RedBlack{Omega: 1}, 1, 1)
	if err != nil {
		return err
	}
	factors, err := cycle.Analyse()
	r.TwoGrid = factors.TwoGrid
	return err
}

// classify shows the network two images of each class.
func classify(n *mgnet.Network, d *vision.Dataset) ([]Classified, error) {
	p, err := evaluate.NewPredictor(n, 1)
	if err != nil {
		return nil, err
	}
	x := make([]float32, d.Height*d.Width*d.Channels)
	var list []Classified
	shown := make([]int, len(d.Classes))
	for i, label := range d.Labels {
		if shown[label] == 2 {
			continue
		}
		shown[label]++
		if err := d.Normalize(x, i, 1); err != nil {
			return nil, err
		}
		probs, err := p.Probabilities(x)
		if err != nil {
			return nil, err
		}
		best := evaluate.Best(probs)
		if best < 0 {
			return nil, fmt.Errorf("demo: no finite score for test image %d", i)
		}
		list = append(list, Classified{i, d.Classes[label], d.Classes[best], float64(probs[best]), best == int(label)})
	}
	return list, nil
}

// WriteFile writes the page to a file, whole or not at all.
func (r *Result) WriteFile(path string) error {
	return atomicfile.Write(path, func(w io.Writer) error { return r.WriteHTML(w) })
}
