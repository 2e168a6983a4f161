// Package bench measures how fast a network trains and evaluates on this machine:
// seconds a step, multiply-adds and bytes of every operation, and where these stand
// under the machine's roofs, rate ≤ min(peak, intensity · bandwidth).
package bench

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/tensor/graph"
)

// Options say what [Measure] does.
type Options struct {
	Train   bool // forward, backward and a step of SGD; else evaluation
	Batch   int  // images a step
	Seconds float64

	Precision string // of a step of training, as in [runs.Recipe]
	Seed      uint64 // of weights, images and labels
	Profile   bool   // time every operation too
}

// Speed is what was measured. A step is a batch.
type Speed struct {
	Config  mgnet.Model
	Options Options

	Steps             int     // that were timed
	StepSeconds       float64 // the median
	Quartile1         float64 // of the seconds of a step: a half of all steps took
	Quartile3         float64 // from the one to the other
	MeanSeconds       float64
	Parameters        int
	MemoryBytes       int64 // of the program's values; see [graph.Program.Memory]
	PeakResidentBytes int64 // of the process so far; 0 where the system does not tell

	// Multiply-adds of a step: of the standard form, which carries u and g, three
	// times forward for training, whatever form runs; and of the form that runs,
	// counted plainly: Winograd's convolutions need fewer.
	StandardMACs int64
	ExecutedMACs int64
	// Bytes of the arrays that the operations of a step read and write, each
	// counted once an operation, wherever the values are.
	BytesMoved int64

	Profile []OperationSpeed // by time, the longest first
}

// ImagesPerSecond is that of the median step.
func (s *Speed) ImagesPerSecond() float64 { return float64(s.Options.Batch) / s.StepSeconds }

// OperationSpeed sums up the operations of a step that do the same with the same
// weights, or on the same shape where they have none.
type OperationSpeed struct {
	Op      string
	Param   string
	Shape   []int   // of the result, batch first
	Calls   int     // a step
	Seconds float64 // a step, the mean
	MACs    int64   // a step
	Bytes   int64   // a step
}

// Validate reports the first option that cannot be measured.
func (o Options) Validate() error {
	if o.Batch < 1 || o.Batch > 1<<16 {
		return fmt.Errorf("mgnet: batch of %d images; want 1 to %d", o.Batch, 1<<16)
	}
	if !(o.Seconds > 0 && o.Seconds <= 3600) {
		return fmt.Errorf("mgnet: %g seconds; want more than 0 and at most 3600", o.Seconds)
	}
	return runs.ValidatePrecision(o.Precision)
}

// minSteps is how many steps are timed at least, so that there is a median.
const minSteps = 3

// Measure times steps on random images, after one that warms up. Cancelling
// ctx ends it with the context's error after the running step.
func Measure(ctx context.Context, c mgnet.Model, o Options) (*Speed, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	net, err := mgnet.New(c, o.Seed)
	if err != nil {
		return nil, err
	}
	w, err := newWorkload(net, o)
	if err != nil {
		return nil, err
	}
	if err := w.step(); err != nil {
		return nil, err
	}
	w.update.Seconds = 0
	w.program.Measure(o.Profile)
	var times []float64
	begin := time.Now()
	for len(times) < minSteps || time.Since(begin).Seconds() < o.Seconds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		start := time.Now()
		if err := w.step(); err != nil {
			return nil, err
		}
		times = append(times, time.Since(start).Seconds())
	}
	s := &Speed{
		Config: c, Options: o, Steps: len(times), Parameters: net.Parameters(),
		MemoryBytes: w.program.Memory(), PeakResidentBytes: peakResident(),
	}
	n := len(times)
	for _, t := range times {
		s.MeanSeconds += t / float64(n)
	}
	slices.Sort(times)
	s.StepSeconds = (times[(n-1)/2] + times[n/2]) / 2
	s.Quartile1, s.Quartile3 = times[n/4], times[n-1-n/4]
	return s, s.account(w)
}

// workload is what a step of a measurement does.
type workload struct {
	program *graph.Program
	step    func() error
	update  OperationSpeed // what it does to the weights, Seconds of all steps
}

// newWorkload makes a step of training as [train.Trainer] does it, without loading images
// and counting hits, or one of an [evaluate.Predictor].
func newWorkload(n *mgnet.Network, o Options) (*workload, error) {
	c := n.Model.Sig()
	if o.Batch > maxImageValues/(c.Height*c.Width*c.InChannels) {
		return nil, fmt.Errorf("mgnet: %d images of %d×%d×%d take more than %d GB; want a smaller batch", o.Batch, c.Height, c.Width, c.InChannels, maxImageValues>>28)
	}
	rng := rand.New(rand.NewPCG(o.Seed, 0x62656e6368))
	x := random(rng, o.Batch*c.Height*c.Width*c.InChannels)
	if !o.Train {
		p, err := evaluate.NewPredictor(n, o.Batch)
		if err != nil {
			return nil, err
		}
		return &workload{program: p.Program(), step: func() error { _, err := p.Outputs(x); return err }}, nil
	}
	labels := make([]int32, o.Batch)
	for i := range labels {
		labels[i] = rng.Int32N(int32(c.Classes))
	}
	draws := o.Seed // the random numbers of a step
	program, err := graph.Build(func(b *graph.Builder) *graph.Node {
		if o.Precision == runs.Bfloat16 {
			b.Bfloat16()
		}
		scores := n.Scores(b, b.Input("image", []int{o.Batch, c.Height, c.Width, c.InChannels}, x), mgnet.Pass{Train: true, Step: &draws})
		if scores != nil && (scores.Dims() == 4 || c.Classes == 1) { // numbers, or an answer for each pixel
			return b.SquaredError(scores, random(rng, scores.Shape().TotalSize()))
		}
		return b.CrossEntropy(scores, labels)
	})
	if err != nil {
		return nil, err
	}
	opt := train.NewOptimizer(n, runs.Recipe{Momentum: .9, WeightDecay: 5e-4}, 1)
	// Weights, velocities and gradients are read, the first two written.
	w := &workload{program: program, update: OperationSpeed{Op: "sgd", Shape: []int{n.Parameters()}, Calls: 1, Bytes: 5 * 4 * int64(n.Parameters())}}
	w.step = func() error {
		draws++
		if err := program.Run(); err != nil {
			return err
		}
		if loss := float64(program.Value()[0]); math.IsNaN(loss) || math.IsInf(loss, 0) {
			return fmt.Errorf("%w (loss %g)", runs.ErrNotFinite, loss)
		}
		begin := time.Now()
		opt.Step(0, .01, program.Gradient) // a small rate: these labels cannot be learned
		w.update.Seconds += time.Since(begin).Seconds()
		return nil
	}
	return w, nil
}

// random are n normal numbers.
func random(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// maxImageValues bounds a batch of images, 4 GB, before the graph bounds the rest.
const maxImageValues = 1 << 30

// account adds up what the operations of a step did.
func (s *Speed) account(w *workload) error {
	standard, err := mgnet.StandardMACs(s.Config)
	if err != nil {
		return err
	}
	s.StandardMACs = standard * int64(s.Options.Batch)
	if s.Options.Train {
		s.StandardMACs *= 3
	}
	s.BytesMoved = w.update.Bytes
	groups := map[string]*OperationSpeed{}
	for _, o := range w.program.Operations() {
		s.ExecutedMACs += o.MACs
		s.BytesMoved += o.Bytes
		key := fmt.Sprint(o.Op, "|", o.Param, "|", o.Shape)
		g, ok := groups[key]
		if !ok {
			g = &OperationSpeed{Op: o.Op, Param: o.Param, Shape: o.Shape}
			groups[key] = g
		}
		g.Calls++
		g.Seconds += o.Seconds / float64(s.Steps)
		g.MACs += o.MACs
		g.Bytes += o.Bytes
	}
	if !s.Options.Profile {
		return nil
	}
	for _, g := range groups {
		s.Profile = append(s.Profile, *g)
	}
	if s.Options.Train {
		w.update.Seconds /= float64(s.Steps)
		s.Profile = append(s.Profile, w.update)
	}
	slices.SortFunc(s.Profile, func(x, y OperationSpeed) int {
		return cmp.Or(cmp.Compare(y.Seconds, x.Seconds), cmp.Compare(x.Op, y.Op), cmp.Compare(x.Param, y.Param))
	})
	return nil
}

// peakResident is the most memory that the process has had, in bytes; 0 where
// /proc does not tell.
func peakResident() int64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), "\nVmHWM:")
	fields := strings.Fields(rest)
	if len(fields) < 2 || fields[1] != "kB" {
		return 0
	}
	kb, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}
