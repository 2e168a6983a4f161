package sequence

// Figures of a classifier: accuracy, areas under the ROC curve, F1.

import (
	"cmp"
	"math"
	"slices"

	"mgtool/mgnet/evaluate"
)

// Scored are the scores of samples for each class, with their labels. The predicted class
// is the one of the highest score.
type Scored struct {
	Classes []string
	Scores  []float64 // (N, classes)
	Labels  []int32
}

// Add adds n samples, as in outputs (n, classes) of a network.
func (s *Scored) Add(scores []float32, labels []int32) {
	for _, v := range scores {
		s.Scores = append(s.Scores, float64(v))
	}
	s.Labels = append(s.Labels, labels...)
}

// Measure are the figures of a classifier on a set.
type Measure struct {
	Accuracy float64
	// Balanced is the mean over the classes of the share of their samples that are found,
	// TP/(TP + FN).
	Balanced float64
	// AUC is the area under the ROC curve, P(score of a sample of the class > that of
	// another) + ½ P(equal): of two classes that of the second, else the mean over the
	// classes, each against the rest.
	AUC float64
	// F1 is 2TP/(2TP + FP + FN): of two classes that of the second, else the mean over the
	// classes.
	F1        float64
	Confusion [][]int // [true][predicted], of the samples that have a prediction
}

// Measure computes the figures. A class without samples does not enter a mean; a figure of
// nothing is NaN. A sample whose scores are all NaN is found wrong, as no class; with a score
// that is no number the samples have no order, and AUC is NaN.
func (s *Scored) Measure() Measure {
	k := len(s.Classes)
	m := Measure{Confusion: make([][]int, k)}
	for i := range m.Confusion {
		m.Confusion[i] = make([]int, k)
	}
	samples := make([]int, k) // of each class
	for i, l := range s.Labels {
		samples[l]++
		if said := evaluate.Best(s.row(i)); said >= 0 {
			m.Confusion[l][said]++
		}
	}
	right := 0
	var recalls, areas, f1s []float64
	for c := range k {
		found, said := m.Confusion[c][c], 0
		for o := range k {
			said += m.Confusion[o][c]
		}
		right += found
		if samples[c] > 0 {
			recalls = append(recalls, float64(found)/float64(samples[c]))
		}
		if samples[c]+said > 0 && (k > 2 || c == 1) {
			f1s = append(f1s, 2*float64(found)/float64(samples[c]+said))
		}
		if samples[c] > 0 && samples[c] < len(s.Labels) && (k > 2 || c == 1) {
			areas = append(areas, Area(s.Curve(c)))
		}
	}
	m.Accuracy = float64(right) / float64(len(s.Labels))
	m.Balanced, m.AUC, m.F1 = mean(recalls), mean(areas), mean(f1s)
	return m
}

// row are the scores of sample i.
func (s *Scored) row(i int) []float64 {
	k := len(s.Classes)
	return s.Scores[i*k : (i+1)*k]
}

// score is by how much sample i looks like a class: of a network its log p/(1 − p) by the
// softmax, z_c − log Σ_{o≠c} exp z_o; of two scores their difference.
func (s *Scored) score(i, class int) float64 {
	row := s.row(i)
	top := math.Inf(-1)
	for c, v := range row {
		if c != class {
			top = max(top, v)
		}
	}
	sum := 0.0
	for c, v := range row {
		if c != class {
			sum += math.Exp(v - top)
		}
	}
	return row[class] - top - math.Log(sum)
}

// Point is a point of a ROC curve: the shares of the samples of other classes, and of the
// class, whose score is at least Threshold.
type Point struct{ FalsePositive, TruePositive, Threshold float64 }

// Curve is the ROC curve of a class against the rest, from (0, 0) to (1, 1), with one point
// for each score that there is. Without samples of the class, or of others, or without
// an order, since a score is no number, it is nil.
func (s *Scored) Curve(class int) []Point {
	type one struct {
		score float64
		is    bool
	}
	list := make([]one, len(s.Labels))
	positives, unordered := 0, false
	for i, l := range s.Labels {
		list[i] = one{s.score(i, class), int(l) == class}
		if list[i].is {
			positives++
		}
		unordered = unordered || math.IsNaN(list[i].score)
	}
	negatives := len(list) - positives
	if positives == 0 || negatives == 0 || unordered {
		return nil
	}
	slices.SortStableFunc(list, func(a, b one) int { return cmp.Compare(b.score, a.score) })
	curve := []Point{{0, 0, math.Inf(1)}}
	tp, fp := 0, 0
	for i, o := range list {
		if o.is {
			tp++
		} else {
			fp++
		}
		if i == len(list)-1 || list[i+1].score != o.score {
			curve = append(curve, Point{float64(fp) / float64(negatives), float64(tp) / float64(positives), o.score})
		}
	}
	return curve
}

// Area is the area under a ROC curve, NaN of none.
func Area(curve []Point) float64 {
	if len(curve) == 0 {
		return math.NaN()
	}
	area := 0.0
	for i := 1; i < len(curve); i++ {
		area += (curve[i].FalsePositive - curve[i-1].FalsePositive) * (curve[i].TruePositive + curve[i-1].TruePositive) / 2
	}
	return area
}

func mean(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum / float64(len(list))
}
