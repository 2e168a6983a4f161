// Package mask segments pictures: a network gives each pixel a class, learned from pictures
// and masks, and measured by the overlap of the regions P of the prediction and T of the
// truth of a class,
//
//	IoU = |P ∩ T| / |P ∪ T|,   Dice = 2 |P ∩ T| / (|P| + |T|),
//
// over all pixels of the test pictures. [Job] is the job "masks" of package job; [Shapes]
// makes pictures of simple shapes to learn from.
package mask

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"

	"mgtool/mgnet"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/vision"
)

// Job is the job "masks": a class for each pixel of pictures in a folder. The folder has
// train/images and train/masks, and test/images and test/masks (or val), or only images and
// masks, of which every fifth is for testing. A mask has the name and the size of its
// picture; the indices of its palette, or its shades of grey, are the classes in increasing
// order. A file classes.txt may name them.
type Job struct {
	// Height and Width, if not 0, are the size to which pictures are cut and resampled, the
	// largest centred part of each; else all have one size, which Load notes.
	Height int  `json:"height,omitempty"`
	Width  int  `json:"width,omitempty"`
	Cut    bool `json:"cut,omitempty"` // Height and Width were given
	// Channels are 1, grey, or 3, colour.
	Channels int `json:"channels"`
	// Mirror swaps left and right of half of the pictures of each epoch.
	Mirror bool `json:"mirror,omitempty"`
	// Ignored, if not negative, is the value of pixels that are not counted.
	Ignored int `json:"ignored"`
	// Weights of the classes in the loss; nil is 1 for all.
	Weights []float32 `json:"weights,omitempty"`

	// What Load notes: the values of the classes in all training masks, held out or beyond a
	// limit too; their names; and the mean and the deviation of each channel over the pictures
	// that are trained on.
	Values []int     `json:"values,omitempty"`
	Names  []string  `json:"names,omitempty"`
	Mean   []float32 `json:"mean,omitempty"`
	Std    []float32 `json:"std,omitempty"`
}

// New is the job with its default settings: colour, no pixel ignored.
func New() *Job { return &Job{Channels: 3, Ignored: -1} }

// Kind implements [job.Job].
func (j *Job) Kind() string { return "masks" }

// maxClasses is the largest number of values of masks: more are pictures by mistake.
const maxClasses = 64

// maxSide is the largest height and width of what a network takes.
const maxSide = 1024

// Validate implements [job.Job].
func (j *Job) Validate() error {
	if j.Channels != 1 && j.Channels != 3 {
		return fmt.Errorf("mask: %d channels; want 1 (grey) or 3 (colour)", j.Channels)
	}
	if j.Height < 0 || j.Width < 0 || j.Height > maxSide || j.Width > maxSide || (j.Height == 0) != (j.Width == 0) {
		return fmt.Errorf("mask: pictures of %d×%d; want 1 to %d, or 0 for their own size", j.Height, j.Width, maxSide)
	}
	if j.Ignored < -1 || j.Ignored > 255 {
		return fmt.Errorf("mask: pixels of value %d are ignored; want 0 to 255, or −1 for none", j.Ignored)
	}
	for k, w := range j.Weights {
		if !(w >= 0) || math.IsInf(float64(w), 0) {
			return fmt.Errorf("mask: weight %g of class %d; want a number, 0 or more", w, k)
		}
	}
	if len(j.Values) > maxClasses || !slices.IsSorted(j.Values) || len(slices.Compact(slices.Clone(j.Values))) != len(j.Values) {
		return fmt.Errorf("mask: values %v of the classes; want at most %d, increasing", j.Values, maxClasses)
	}
	for _, v := range j.Values {
		if v < 0 || v > 255 {
			return fmt.Errorf("mask: value %d of a class; want 0 to 255", v)
		}
	}
	if n := len(j.Values); n > 0 && (len(j.Names) != n || len(j.Mean) != j.Channels || len(j.Std) != j.Channels) {
		return fmt.Errorf("mask: %d values of classes, %d names, %d means and %d deviations of %d channels; want one each", n, len(j.Names), len(j.Mean), len(j.Std), j.Channels)
	}
	for _, s := range j.Std {
		if !(s > 0) {
			return fmt.Errorf("mask: deviation %g of a channel; want more than 0", s)
		}
	}
	return nil
}

// testEvery is how many pictures there are for each one of a test, where a folder has no
// part of its own for it.
const testEvery = 5

// Load implements [job.Job].
func (j *Job) Load(path string, p job.Part) (*job.Data, error) {
	if !isFolder(path) {
		return nil, fmt.Errorf("mask: %s is no folder; want one with images and masks", path)
	}
	pairs, test, err := j.split(path)
	if err != nil {
		return nil, err
	}
	all := pairs // to train on, but for the parts below
	if p.HoldOut > 0 {
		if pairs, test, err = heldOut(pairs, p.HoldOut); err != nil {
			return nil, err
		}
	}
	if p.Limit > 0 {
		pairs, test = pairs[:min(p.Limit, len(pairs))], test[:min(p.Limit, len(test))]
	}
	if j.Height == 0 {
		first, err := decode(pairs[0].picture)
		if err != nil {
			return nil, err
		}
		j.Height, j.Width = first.Bounds().Dy(), first.Bounds().Dx()
		if max(j.Height, j.Width) > maxSide {
			return nil, fmt.Errorf("mask: %s has %d×%d pixels; want 1 to %d a side, to which --size cuts and resamples pictures", pairs[0].picture, j.Width, j.Height, maxSide)
		}
	} else if len(j.Values) == 0 {
		j.Cut = true
	}
	var sources [2]*Pairs
	var masks [2][]uint8
	var seen [2][256]bool
	for i, list := range [][]pair{pairs, test} {
		s := &Pairs{Name: path, Height: j.Height, Width: j.Width, Channels: j.Channels}
		for _, p := range list {
			s.Files = append(s.Files, p.name)
		}
		if s.Pixels, masks[i], seen[i], err = read(list, j.Height, j.Width, j.Channels, j.Cut); err != nil {
			return nil, err
		}
		sources[i] = s
	}
	if len(j.Values) == 0 {
		done := slices.Clone(pairs)
		if p.HoldOut > 0 {
			done = append(done, test...)
		} else {
			seen[1] = [256]bool{}
		}
		others, err := valuesIn(without(all, done))
		if err != nil {
			return nil, err
		}
		if err := j.note(path, sources[0].Pixels, seen[0], seen[1], others); err != nil {
			return nil, err
		}
	}
	if n := len(j.Values); j.Weights != nil && len(j.Weights) != n {
		return nil, fmt.Errorf("mask: %d weights for the %d classes of %s; want one each", len(j.Weights), n, path)
	}
	for i, list := range [][]pair{pairs, test} {
		s := sources[i]
		s.Classes, s.Mean, s.Std, s.Mirror = len(j.Values), j.Mean, j.Std, j.Mirror
		if s.Labels, err = j.labels(masks[i], list); err != nil {
			return nil, err
		}
	}
	return &job.Data{
		Train: sources[0], Test: sources[1], Classes: j.Names,
		Signature: mgnet.Signature{Height: j.Height, Width: j.Width, InChannels: j.Channels, Classes: len(j.Values)},
	}, nil
}

// split lists the pairs for training and for testing.
func (j *Job) split(path string) (pairs, test []pair, err error) {
	if at := part(path, "train", "training"); at != "" {
		to := part(path, "test", "testing", "val", "valid", "validation")
		if pairs, err = list(at); err != nil {
			return nil, nil, err
		}
		if to == "" {
			return heldOut(pairs, testEvery)
		}
		test, err = list(to)
		return pairs, test, err
	}
	if pairs, err = list(path); err != nil {
		return nil, nil, err
	}
	return heldOut(pairs, testEvery)
}

// heldOut takes every k-th pair out for testing.
func heldOut(pairs []pair, k int) (rest, held []pair, err error) {
	for i, p := range pairs {
		if i%k == k-1 {
			held = append(held, p)
		} else {
			rest = append(rest, p)
		}
	}
	if len(held) == 0 || len(rest) == 0 {
		return nil, nil, fmt.Errorf("mask: every %d-th of %d pictures for testing leaves none on one side; want more pictures", k, len(pairs))
	}
	return rest, held, nil
}

// without are the pairs that are not among some of them.
func without(pairs, some []pair) (rest []pair) {
	among := map[pair]bool{}
	for _, p := range some {
		among[p] = true
	}
	for _, p := range pairs {
		if !among[p] {
			rest = append(rest, p)
		}
	}
	return rest
}

// note takes the values that are in any of the parts of the training masks, and the moments
// of pixels.
func (j *Job) note(path string, pixels []uint8, parts ...[256]bool) error {
	for v := range 256 {
		if v != j.Ignored && slices.ContainsFunc(parts, func(seen [256]bool) bool { return seen[v] }) {
			j.Values = append(j.Values, v)
		}
	}
	if n := len(j.Values); n < 2 || n > maxClasses {
		return fmt.Errorf("mask: the masks in %s have %d values; want 2 to %d, a class each", path, n, maxClasses)
	}
	names, err := readNames(path, len(j.Values))
	if err != nil {
		return err
	}
	if j.Names = names; names == nil {
		for _, v := range j.Values {
			j.Names = append(j.Names, strconv.Itoa(v))
		}
	}
	n := float64(len(pixels) / j.Channels)
	for c := range j.Channels {
		sum, square := 0., 0.
		for i := c; i < len(pixels); i += j.Channels {
			v := float64(pixels[i])
			sum, square = sum+v, square+v*v
		}
		mean := sum / n
		j.Mean = append(j.Mean, float32(mean/255))
		j.Std = append(j.Std, float32(max(1, math.Sqrt(max(0, square/n-mean*mean)))/255)) // a grey step at least
	}
	return nil
}

// labels are the classes of values, −1 of ignored ones.
func (j *Job) labels(masks []uint8, from []pair) ([]int32, error) {
	var class [256]int32
	for v := range class {
		class[v] = -2
	}
	for k, v := range j.Values {
		class[v] = int32(k)
	}
	if j.Ignored >= 0 {
		class[j.Ignored] = -1
	}
	labels := make([]int32, len(masks))
	for i, v := range masks {
		if labels[i] = class[v]; labels[i] < -1 {
			return nil, fmt.Errorf("mask: %s has a pixel of value %d; want those of the training masks, %v", from[i*len(from)/len(masks)].mask, v, j.Values)
		}
	}
	return labels, nil
}

// Task implements [job.Job].
func (j *Job) Task() train.Task {
	return train.CountedClasses{Classes: len(j.Values), Weights: j.Weights}
}

// Recipe implements [job.Job].
func (j *Job) Recipe() runs.Recipe {
	return runs.Recipe{
		Name: "masks", Source: "ours: AdamW, one cycle of the rate",
		Epochs: 20, Batch: 16, Optimizer: "adamw", LearningRate: 1e-2, WeightDecay: 1e-2,
		Beta1: .9, Beta2: .999, Epsilon: 1e-8, Schedule: "one-cycle", StartFactor: .1, PeakAt: .2, EndFactor: .001,
	}
}

// Models implements [job.Job].
func (j *Job) Models() []string { return []string{"mgnet-unet", "unet", "unet-bn"} }

// Meter implements [job.Job].
func (j *Job) Meter(d *job.Data) job.Meter { return newMeter(j, d.Test.(*Pairs)) }

// pictureOf reads a picture for a prediction: of its own size, unless pictures are cut.
func (j *Job) pictureOf(path string) (pixels []uint8, h, w int, err error) {
	img, err := decode(path)
	if err != nil {
		return nil, 0, 0, err
	}
	h, w = j.Height, j.Width
	if !j.Cut {
		h, w = img.Bounds().Dy(), img.Bounds().Dx()
	}
	if pixels, err = vision.Resample(img, h, w, j.Channels); err != nil {
		return nil, 0, 0, fmt.Errorf("mask: %s: %w", path, err)
	}
	return pixels, h, w, nil
}

// picturesAt lists the pictures of a file or a folder, and their names for masks.
func picturesAt(path string) (files, names []string, err error) {
	if !isFolder(path) {
		return []string{path}, []string{filepath.Base(path)}, nil
	}
	if files, _, err = vision.PictureFiles(path); err != nil {
		return nil, nil, fmt.Errorf("mask: %w", err)
	}
	if len(files) == 0 {
		return nil, nil, fmt.Errorf("mask: there are no pictures in %s", path)
	}
	for _, file := range files {
		rel, err := filepath.Rel(path, file)
		if err != nil {
			return nil, nil, fmt.Errorf("mask: %w", err)
		}
		names = append(names, rel)
	}
	return files, names, nil
}
