// Package sequence reads labelled sequences, such as an electrocardiogram or a pulse, for
// networks that tell their classes apart, and measures how well these do.
//
// A sequence is L places of C channels, an image one row high: (1, L, C) values with one
// label. Read takes it from NumPy files, from CSV and from the text files of the UCR archive
// of time series; windows cut one long record into sequences,
//
//	x_i = record[i·step, …, i·step + L − 1],   i = 0, 1, …
//
// Each channel of a sequence is scaled by z = (x − mean)/sd, with the moments of the sequence
// itself or of all training sequences. [Measure] has the accuracy, the area under the ROC
// curve and F1. [Job] is the training of networks on sequences.
package sequence

import (
	"fmt"
	"math"
	"slices"

	"mgtool/source"
)

// Set is labelled sequences of one length.
type Set struct {
	Name             string
	Length, Channels int
	Classes          []string  // the names of the labels
	X                []float32 // (N, Length, Channels)
	Labels           []int32   // N of 0, …, len(Classes)−1
}

// Len is the number of sequences.
func (s *Set) Len() int { return len(s.Labels) }

// size is the number of values of a sequence.
func (s *Set) size() int { return s.Length * s.Channels }

// Table is the set as a source of samples of shape (1, Length, Channels). It shares the
// values.
func (s *Set) Table() *source.Table {
	return &source.Table{
		Name:   s.Name,
		Each:   source.Form{Input: []int{1, s.Length, s.Channels}, Labels: 1, Classes: len(s.Classes)},
		Inputs: s.X, Labels: s.Labels,
	}
}

// HoldOut splits off every k-th sequence of each class, beginning with the class's k-th, so
// that each class has its share whatever the order; of a class with fewer than k it is the
// last, unless that is the only one. Both results are copies. k below 2 is an error, and so
// are sequences of which none can be held out.
func (s *Set) HoldOut(k int) (rest, held *Set, err error) {
	if k < 2 {
		return nil, nil, fmt.Errorf("sequence: one of %d sequences of each class in %s to test on; want 2 or more", k, s.Name)
	}
	counts, seen := s.counts(), make([]int, len(s.Classes))
	out := make([]bool, s.Len())
	for i, l := range s.Labels {
		seen[l]++
		out[i] = counts[l] > 1 && seen[l]%min(k, counts[l]) == 0
	}
	if !slices.Contains(out, true) {
		return nil, nil, fmt.Errorf("sequence: %s has at most 1 sequence of each class, and none to test on; want 2 or more of some", s.Name)
	}
	return s.pick(func(i int) bool { return !out[i] }), s.pick(func(i int) bool { return out[i] }), nil
}

// First is k of the sequences, all of them for k = 0: the classes take turns to give their
// first, so that the sequences of a file that is sorted by class are of all classes. Their
// order stays.
func (s *Set) First(k int) *Set {
	if k <= 0 || k >= s.Len() {
		return s
	}
	turns := make([]int, len(s.Classes)) // how many are taken of each class
	for left, counts := k, s.counts(); left > 0; {
		for c, n := range counts {
			if left > 0 && turns[c] < n {
				turns[c]++
				left--
			}
		}
	}
	return s.pick(func(i int) bool {
		turns[s.Labels[i]]--
		return turns[s.Labels[i]] >= 0
	})
}

// pick copies some sequences.
func (s *Set) pick(want func(i int) bool) *Set {
	some := *s
	some.X, some.Labels = nil, nil
	for i, l := range s.Labels {
		if want(i) {
			some.X = append(some.X, s.X[i*s.size():(i+1)*s.size()]...)
			some.Labels = append(some.Labels, l)
		}
	}
	return &some
}

// counts are the numbers of sequences of each class.
func (s *Set) counts() []int {
	n := make([]int, len(s.Classes))
	for _, l := range s.Labels {
		n[l]++
	}
	return n
}

// Moments are the mean and the standard deviation of each channel over all places of all
// sequences; a channel that is constant has 1 for the latter.
func (s *Set) Moments() (mean, std []float64) {
	mean, std = make([]float64, s.Channels), make([]float64, s.Channels)
	for c := range s.Channels {
		mean[c], std[c] = moments(s.X[c:], s.Channels)
	}
	return mean, std
}

// Scale sets each channel c to (x − mean[c])/std[c].
func (s *Set) Scale(mean, std []float64) {
	for c := range s.Channels {
		scale(s.X[c:], s.Channels, mean[c], std[c])
	}
}

// ScaleEach scales each channel of each sequence to mean 0 and standard deviation 1; one
// that is constant becomes 0.
func (s *Set) ScaleEach() {
	for i := range s.Len() {
		x := s.X[i*s.size() : (i+1)*s.size()]
		for c := range s.Channels {
			mean, std := moments(x[c:], s.Channels)
			scale(x[c:], s.Channels, mean, std)
		}
	}
}

// moments are those of every stride-th value, in two passes. Values that differ by rounding
// alone are constant.
func moments(x []float32, stride int) (mean, std float64) {
	count := (len(x) + stride - 1) / stride
	for i := 0; i < len(x); i += stride {
		mean += float64(x[i])
	}
	mean /= float64(max(1, count))
	for i := 0; i < len(x); i += stride {
		d := float64(x[i]) - mean
		std += d * d
	}
	std = math.Sqrt(std / float64(max(1, count)))
	if std <= 1e-6*math.Abs(mean) {
		std = 1
	}
	if std == 0 {
		std = 1
	}
	return mean, std
}

// scale standardises every stride-th value.
func scale(x []float32, stride int, mean, std float64) {
	for i := 0; i < len(x); i += stride {
		x[i] = float32((float64(x[i]) - mean) / std)
	}
}
