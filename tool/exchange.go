package tool

// Weights to and from other programs.

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/exchange"
	"mgtool/mgnet/runs"
)

// WeightsEnding is that of a file of weights.
const WeightsEnding = ".safetensors"

// Export says which weights are written, and where.
type Export struct {
	Run, Checkpoint string // as in [Evaluate]
	Out             string // a file, NAME.safetensors
	Small           bool   // weights as float16, shared ones once
}

// Write writes the file and returns the network that it holds.
func (e Export) Write() (*mgnet.Network, error) {
	if e.Run == "" || e.Out == "" {
		return nil, Usagef("want --run FOLDER and --out FILE%s", WeightsEnding)
	}
	if err := CheckFile("out", e.Out, WeightsEnding); err != nil {
		return nil, err
	}
	n, run, err := runs.OpenCheckpoint(e.Run, e.Checkpoint)
	if err != nil {
		return nil, err
	}
	write := exchange.Export
	if e.Small {
		write = exchange.ExportSmall
	}
	return n, write(e.Out, n, run)
}

// Convert says which run is written in another form of the same network.
type Convert struct {
	Run, Checkpoint string // as in [Evaluate]
	To              string // "preact" or "mgnet"
	Out             string // folder of the new run
}

// Converted is a network in its other form, with the largest difference of their scores and
// the largest score, over images of random pixels.
type Converted struct {
	From, To            *mgnet.Network
	Difference, Largest float64
}

// sameScores is the largest difference of the scores of two forms, in units of the largest
// score, that rounding explains: a thousand roundings of float32.
const sameScores = 1e-4

// Write converts the run, compares the scores and writes the new run.
func (c Convert) Write() (*Converted, error) {
	if c.Run == "" || c.Out == "" {
		return nil, Usagef("want --run FOLDER, --to preact or mgnet, and --out FOLDER")
	}
	convert, known := map[string]func(*mgnet.Network) (*mgnet.Network, error){"preact": exchange.ToPreAct, "mgnet": exchange.FromPreAct}[c.To]
	if !known {
		return nil, Usagef("--to %q; want preact or mgnet", c.To)
	}
	n, run, err := runs.OpenCheckpoint(c.Run, c.Checkpoint)
	if err != nil {
		return nil, err
	}
	r := &Converted{From: n}
	if r.To, err = convert(n); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Run, err)
	}
	const images = 16
	s := n.Model.Sig()
	x := make([]float32, images*s.Height*s.Width*s.InChannels)
	rng := rand.New(rand.NewPCG(1, 0))
	for i := range x {
		x[i] = float32(rng.NormFloat64()) // normalised images
	}
	var scores [2][]float32
	for i, n := range []*mgnet.Network{r.From, r.To} {
		p, err := evaluate.NewPredictor(n, images)
		if err != nil {
			return nil, err
		}
		if scores[i], err = p.Outputs(x); err != nil {
			return nil, err
		}
		scores[i] = slices.Clone(scores[i])
	}
	for i, v := range scores[0] {
		r.Largest = max(r.Largest, math.Abs(float64(v)))
		r.Difference = max(r.Difference, math.Abs(float64(v-scores[1][i])))
	}
	if !(r.Difference <= sameScores*r.Largest) {
		return r, fmt.Errorf("the scores of both forms differ by %g, of %g at most; want at most %g of that: nothing is written", r.Difference, r.Largest, sameScores)
	}
	made := runs.Run{
		Model: r.To.Model, Seed: run.Seed, Imported: filepath.Base(filepath.Clean(c.Run)) + ", converted to " + c.To,
		Mean: run.Mean, Std: run.Std, Data: run.Data, DataDir: run.DataDir, Limit: run.Limit, HoldOut: run.HoldOut, Folder: run.Folder,
	}
	return r, exchange.Save(c.Out, r.To, made)
}

// Import names a file of weights. The other fields replace what the file states itself.
type Import struct {
	File, Out string    // the file of weights, and the folder of the run
	Data      Data      // with an empty name: that of the file
	Shape     Shape     // used if Shaped
	Shaped    bool      // the caller chose a model or a shape
	Mean, Std []float32 // moments by which the training normalised its images; nil for those of the data
}

// Read writes the run to Out and returns it with its network.
func (i Import) Read(ctx context.Context, r Reporter) (*mgnet.Network, runs.Run, error) {
	run, err := i.run(ctx, r)
	if err != nil {
		return nil, run, err
	}
	n, err := exchange.Import(i.File, i.Out, run)
	return n, run, err
}

// run describes the run of the file.
func (i Import) run(ctx context.Context, report Reporter) (runs.Run, error) {
	own, known, err := exchange.ReadExported(i.File)
	if err != nil {
		return own, err
	}
	if !known && (i.Data.Name == "" || !i.Shaped) {
		return own, Usagef("%s does not state its model and data; want --data, and --config or --model with the flags of its shape", i.File)
	}
	r, err := i.images(ctx, own, report)
	if err != nil {
		return r, err
	}
	r.Model = own.Model
	if i.Shaped && r.Job != "" {
		return r, Usagef("%s states its model, of the job %s; drop the shape flags", i.File, r.Job)
	}
	if i.Shaped {
		about, err := r.Describe()
		if err != nil {
			return r, err
		}
		if r.Model, err = i.Shape.Make(ctx, imagesOf(about)); err != nil {
			return r, err
		}
	}
	if i.Mean != nil || i.Std != nil {
		if err := r.SetMoments(i.Mean, i.Std); err != nil {
			return r, Usage(err)
		}
	}
	if err := r.FitsData(own); err != nil || r.Folder == nil || r.Folder.Mean != nil {
		return r, err
	}
	_, _, err = LoadRun(ctx, &r, report) // the moments are those of its pictures
	return r, err
}

// images describes the data: what was asked for, or that of the file and where it is.
func (i Import) images(ctx context.Context, own runs.Run, report Reporter) (runs.Run, error) {
	if i.Data.Name != "" {
		return i.Data.Run(ctx, report)
	}
	r := runs.Run{Data: own.Data, Folder: own.Folder, Mean: own.Mean, Std: own.Std}
	switch {
	case own.Job != "": // the settings are all that a prediction takes
		r.Job, r.Settings = own.Job, own.Settings
		if i.Data.Dir != "" {
			r.DataDir = absolute(i.Data.Dir)
		}
		return r, nil
	case r.Folder == nil:
		d := Data{Name: r.Data, Dir: i.Data.Dir}
		r.DataDir = d.Files()
		return r, d.checkDir()
	case i.Data.Dir != "":
		r.DataDir = absolute(i.Data.Dir)
	}
	return r, nil
}
