package runs

import (
	"math"
	"strings"
	"testing"
)

func TestSchedules(t *testing.T) {
	triangular := Recipe{LearningRate: 1, Schedule: "triangular", Epochs: 10, StartFactor: .2, PeakAt: .2, EndFactor: .1}
	oneCycle := triangular
	oneCycle.Schedule = "one-cycle"
	step := Recipe{LearningRate: .1, Schedule: "step", StepEpochs: 50, StepFactor: .1}
	cosine := Recipe{LearningRate: .1, Schedule: "cosine", Epochs: 4}
	for _, c := range []struct {
		r            Recipe
		epoch, batch int
		want         float64
	}{
		{step, 0, 0, .1}, {step, 49, 9, .1}, {step, 50, 0, .01}, {step, 149, 0, .001},
		{cosine, 0, 0, .1}, {cosine, 2, 0, .05}, {cosine, 1, 0, .1 * (1 + math.Sqrt2/2) / 2}, {cosine, 3, 10, 0},
		{triangular, 0, 0, .2}, {triangular, 1, 0, .6}, {triangular, 2, 0, 1}, {triangular, 6, 0, .55}, {triangular, 9, 10, .1},
		{oneCycle, 0, 0, .2}, {oneCycle, 1, 0, .6}, {oneCycle, 2, 0, 1}, {oneCycle, 4, 0, 1 - .9*(1-math.Sqrt2/2)/2}, {oneCycle, 9, 10, .1},
	} {
		if got := c.r.Rate(c.epoch, c.batch, 10); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%s, epoch %d, batch %d: %g, want %g", c.r.Schedule, c.epoch, c.batch, got, c.want)
		}
	}
}

func TestRecipes(t *testing.T) {
	for _, r := range Recipes() {
		if err := r.Validate(); err != nil {
			t.Errorf("%s: %v", r.Name, err)
		}
	}
	if _, err := LookupRecipe("slow"); err == nil || !strings.Contains(err.Error(), "official, course") {
		t.Errorf("unknown recipe: %v", err)
	}
	good, _ := LookupRecipe("quick")
	if r := good.For("mnist"); r.Pad != 0 || r.Mirror {
		t.Errorf("MNIST is augmented: pad %d, mirror %v", r.Pad, r.Mirror)
	}
	if r := good.For("cifar10"); r != good {
		t.Errorf("for CIFAR-10 the recipe is %+v, want %+v", r, good)
	}
	for name, change := range map[string]func(r *Recipe){
		"epochs":   func(r *Recipe) { r.Epochs = 0 },
		"batch":    func(r *Recipe) { r.Batch = 0 },
		"rate":     func(r *Recipe) { r.LearningRate = math.NaN() },
		"schedule": func(r *Recipe) { r.Schedule = "linear" },
		"step":     func(r *Recipe) { r.Schedule = "step" },
		"peak":     func(r *Recipe) { r.Schedule, r.PeakAt = "triangular", 1 },
		"no peak":  func(r *Recipe) { r.PeakAt = .2 },
		"smooth":   func(r *Recipe) { r.LabelSmoothing = 1 },
	} {
		r := good
		change(&r)
		if r.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
