package main

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"
)

// A mean of values that differ has their standard deviation beside it.
func TestMean(t *testing.T) {
	for _, c := range []struct {
		values []float64
		scale  float64
		digits int
		want   string
	}{
		{nil, 100, 2, ""},
		{[]float64{.5}, 100, 2, "50.00"},
		{[]float64{.5, .5}, 100, 2, "50.00"},
		{[]float64{.1, .2, .3}, 100, 1, "20.0 ± 10.0"}, // Σ(x − 0.2)²/2 = 0.01
		{[]float64{8, 9}, 1, 0, "8"},                   // 8.5, to even
	} {
		if got := mean(c.values, c.scale, c.digits); got != c.want {
			t.Errorf("mean of %v is %q, want %q", c.values, got, c.want)
		}
	}
}

// history is a result of three epochs of 30, 60 and 90 seconds and accuracies a.
func history(a ...string) result {
	return result{Result: map[string]any{"pflop": 6.}, Metrics: [][]string{
		{"epoch", "test_accuracy", "seconds"}, {"1", a[0], "30"}, {"2", a[1], "60"}, {"3", a[2], "90"},
	}}
}

// A curve is over the minutes since the start, or over equal shares of the work; that of
// several seeds is their mean, as far as all go.
func TestCurves(t *testing.T) {
	first, second := history("0.1", "0.2", "0.3"), history("0.3", "0.6", "0.5")
	second.Metrics = second.Metrics[:3]
	same := func(about string, got plotter.XYs, want ...float64) {
		t.Helper()
		if len(got) != len(want)/2 {
			t.Fatalf("%s: %v, want %v", about, got, want)
		}
		for i, p := range got {
			if math.Abs(p.X-want[2*i]) > 1e-12 || math.Abs(p.Y-want[2*i+1]) > 1e-12 {
				t.Errorf("%s: %v, want %v", about, got, want)
			}
		}
	}
	same("minutes", first.curve(""), .5, 10, 1.5, 20, 3, 30)
	same("PFLOP", first.curve("pflop"), 2, 10, 4, 20, 6, 30)
	same("mean", middle([]result{first, second}, ""), .5, 20, 1.5, 40)
	same("ends", last([]result{first, {}, second}, ""), 3, 30, 1.5, 60)
	same("no metrics", result{}.curve(""))
	same("no accuracy", result{Metrics: [][]string{{"epoch", "seconds"}, {"1", "2"}}}.curve(""))
}

// A table has a line an experiment, with its seeds in order, and its command below.
func TestTable(t *testing.T) {
	e := experiment{"G", "x", "an x", three, "train --data cifar10", "94"}
	run := func(seed int, accuracy, mirrored float64) result {
		return result{Name: "x", Seed: seed, Command: "mgtool train --data cifar10 --seed " + string(rune('0'+seed)), Commit: "abc", Machine: "2 cores of X, AVX2", Date: "2026-01-02",
			Result: map[string]any{"parameters": 1234., "test_accuracy": accuracy, "wall_s": 9.6, "pflop": .5, "hat_support": []any{5., 10.25}}, TTA: map[string]float64{"mirror": mirrored}}
	}
	var b strings.Builder
	table(&b, []experiment{e}, map[string][]result{"x": {run(2, .9, .92), run(1, .8, .82)}})
	for _, want := range []string{
		"| supports at the end |\n",
		"| an x | 1, 2 | 1234 | 85.00 ± 7.07 | 87.00 ± 7.07 | 94 | 10 | AVX2 | 0.5000 | 5, 10.2; 5, 10.2 |\n",
		"- an x: `mgtool train --data cifar10`, commit abc, 2 cores of X, AVX2, 2026-01-02\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table has no %q:\n%s", want, b.String())
		}
	}
}

// The effects of a group of four experiments with two seeds each, computed by hand: all
// seeds are 1 point from the mean of their experiment, so the deviation of a training is
// √(8·1²/4) = √2 points with 4 degrees of freedom, t = 2.776, and the half width of a
// difference of two means of two is 2.776·√2·√(1/2 + 1/2) = 3.93 points.
func TestEffects(t *testing.T) {
	all := map[string][]result{}
	for name, v := range map[string][2]float64{"cost-mgnet-ab": {70, 1000}, "hat-up": {73, 1004}, "hat-down": {68, 1004}, "hat-trained": {75.5, 1100}} {
		for seed, sign := range []float64{1, -1} {
			all[name] = append(all[name], result{Name: name, Seed: seed, Result: map[string]any{"test_accuracy": (v[0] + sign) / 100, "parameters": v[1]}})
		}
	}
	var b strings.Builder
	writeEffects(&b, hats, all)
	for _, want := range []string{
		"one training, 1.41 points", "4 degrees of freedom",
		"| hat 5, 10, 15, 20 for ReLU | +3.00 | -0.93 to +6.93 | +0% |\n",
		"| hat 20, 15, 10, 5 for ReLU | -2.00 | -5.93 to +1.93 | +0% |\n",
		"| trained supports for ReLU | +5.50 | +1.57 to +9.43 | +10% |\n",
		"| 5, 10, 15, 20 for the reverse | +5.00 | +1.07 to +8.93 | +0% |\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}

	all["hat-down"] = all["hat-down"][:1] // one seed has no deviation
	b.Reset()
	if writeEffects(&b, hats, all); b.Len() > 0 {
		t.Errorf("with one seed: %s", b.String())
	}
	if writeEffects(&b, "another group", all); b.Len() > 0 {
		t.Errorf("of a group without changes: %s", b.String())
	}
}

// Ticks of a logarithmic axis of parameters, as people write them.
func TestParameterTicks(t *testing.T) {
	var labels []string
	for _, tick := range parameterTicks(4000, 2.1e6) {
		labels = append(labels, tick.Label)
	}
	if got, want := strings.Join(labels, ", "), "5 k, 10 k, 20 k, 50 k, 100 k, 200 k, 500 k, 1 M, 2 M"; got != want {
		t.Errorf("ticks %s, want %s", got, want)
	}
}
