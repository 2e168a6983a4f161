package sequence

import (
	"bytes"
	"image/png"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The area under the curve is the share of pairs in order, equal scores counting half.
func TestAUC(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	s := Scored{Classes: []string{"no", "yes"}}
	for range 60 {
		s.Labels = append(s.Labels, int32(rng.IntN(2)))
		s.Scores = append(s.Scores, 0, float64(rng.IntN(12))) // of which some are equal
	}
	pairs, ordered := 0., 0.
	for i, a := range s.Labels {
		for j, b := range s.Labels {
			if a == 1 && b == 0 {
				pairs++
				switch x, y := s.Scores[2*i+1], s.Scores[2*j+1]; {
				case x > y:
					ordered++
				case x == y:
					ordered += .5
				}
			}
		}
	}
	if got, want := s.Measure().AUC, ordered/pairs; math.Abs(got-want) > 1e-12 {
		t.Errorf("AUC %v, want %v", got, want)
	}
	curve := s.Curve(1)
	if first, last := curve[0], curve[len(curve)-1]; len(curve) != 13 || first.FalsePositive != 0 || last.FalsePositive != 1 || last.TruePositive != 1 {
		t.Errorf("a curve of %d points from %v to %v; want one for each of 12 scores", len(curve), first, last)
	}
}

// Figures counted by hand: of 2 classes with TP 1, FN 1, FP 1, TN 3, and of 3 with the
// means over them.
func TestMeasure(t *testing.T) {
	two := Scored{Classes: []string{"no", "yes"}, Labels: []int32{1, 1, 0, 0, 0, 0}, Scores: []float64{0, 1, 1, 0, 0, 2, 3, 0, 4, 0, 5, 0}}
	m := two.Measure()
	if m.Accuracy != 4./6 || m.Balanced != (.5+.75)/2 || m.F1 != .5 || m.AUC != 6./8 || m.Confusion[1][0] != 1 {
		t.Errorf("%+v", m)
	}
	// Predicted 0, 1, 1, 2 for the labels 0, 0, 1, 2: recalls 1/2, 1, 1; F1 2/3, 2/3, 1.
	three := Scored{Classes: []string{"a", "b", "c"}, Labels: []int32{0, 0, 1, 2}, Scores: []float64{9, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 3}}
	if m := three.Measure(); m.Accuracy != .75 || m.Balanced != 2.5/3 || math.Abs(m.F1-7./9) > 1e-15 {
		t.Errorf("%+v", m)
	}
	// Without samples of a class there is no curve.
	one := Scored{Classes: []string{"a", "b"}, Labels: []int32{0}, Scores: []float64{1, 0}}
	if m := one.Measure(); !math.IsNaN(m.AUC) || m.Accuracy != 1 || m.Balanced != 1 {
		t.Errorf("%+v", m)
	}
}

// A network without finite scores is no good classifier: a row of NaN is no class, and there
// is no curve.
func TestMeasureNaN(t *testing.T) {
	nan := math.NaN()
	s := Scored{Classes: []string{"a", "b"}, Labels: []int32{0, 0, 1, 1}, Scores: []float64{nan, nan, 2, 1, 0, 3, nan, 1}}
	m := s.Measure()
	// Wrong, right, right, and right by the one score that there is.
	if m.Accuracy != .75 || m.Balanced != .75 || m.F1 != 1 || !math.IsNaN(m.AUC) || m.Confusion[0][0] != 1 || m.Confusion[0][1] != 0 {
		t.Errorf("%+v", m)
	}
	s.Scores = slices.Repeat([]float64{nan}, 8)
	if m := s.Measure(); m.Accuracy != 0 || m.Balanced != 0 || m.F1 != 0 || !math.IsNaN(m.AUC) {
		t.Errorf("nothing but NaN: %+v", m)
	}
	// An infinite score leaves those of the other classes without an order.
	three := Scored{Classes: []string{"a", "b", "c"}, Labels: []int32{0, 1, 2}, Scores: []float64{math.Inf(1), 0, 0, 0, 1, 0, 0, 0, 1}}
	if m := three.Measure(); m.Accuracy != 1 || !math.IsNaN(m.AUC) {
		t.Errorf("an infinite score: %+v", m)
	}
}

// By the softmax of a network a class is as likely as by log p/(1 − p).
func TestScoreOfClass(t *testing.T) {
	s := Scored{Classes: []string{"a", "b", "c"}, Labels: []int32{0}, Scores: []float64{.3, -1, 2}}
	p := math.Exp(2) / (math.Exp(.3) + math.Exp(-1) + math.Exp(2))
	if got, want := s.score(0, 2), math.Log(p/(1-p)); math.Abs(got-want) > 1e-12 {
		t.Errorf("%v, want %v", got, want)
	}
}

// The picture has the curve where the points are.
func TestDrawCurves(t *testing.T) {
	s := Scored{Classes: []string{"no", "yes"}, Labels: []int32{1, 0, 1, 0}, Scores: []float64{0, 4, 0, 3, 0, 2, 0, 1}}
	var b bytes.Buffer
	if err := s.DrawCurves(&b, "four"); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	red := 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, g, _, _ := img.At(x, y).RGBA(); r>>8 > 200 && g>>8 < 130 {
				red++
			}
		}
	}
	if red < 500 {
		t.Errorf("%d pixels of the curve's colour; want a line", red)
	}
}
