package runs

import (
	"encoding/json"
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

func TestOptimizerErrors(t *testing.T) {
	sgd, _ := LookupRecipe("quick")
	adamw, muon := sgd, sgd
	adamw.Optimizer, adamw.Momentum, adamw.Beta1, adamw.Beta2, adamw.Epsilon = "adamw", 0, .9, .999, 1e-8
	muon.Optimizer, muon.MuonRate, muon.MuonMomentum, muon.MuonSteps = "muon", .24, .6, 3
	for _, r := range []Recipe{sgd, adamw, muon} {
		if err := r.Validate(); err != nil {
			t.Errorf("%s: %v", r.Optimizer, err)
		}
	}
	for name, c := range map[string]struct {
		r      Recipe
		change func(r *Recipe)
	}{
		"momentum":        {sgd, func(r *Recipe) { r.Momentum = 1 }},
		"decay":           {sgd, func(r *Recipe) { r.WeightDecay = -1 }},
		"nesterov":        {sgd, func(r *Recipe) { r.Nesterov, r.Momentum = true, 0 }},
		"clip":            {sgd, func(r *Recipe) { r.ClipNorm = -1 }},
		"name":            {sgd, func(r *Recipe) { r.Optimizer = "adagrad" }},
		"betas of SGD":    {sgd, func(r *Recipe) { r.Beta1 = .9 }},
		"rate of Muon":    {sgd, func(r *Recipe) { r.MuonRate = .1 }},
		"shift":           {sgd, func(r *Recipe) { r.ShiftRateFactor = math.Inf(1) }},
		"whiten":          {sgd, func(r *Recipe) { r.WhitenBiasEpochs = -3 }},
		"adamw momentum":  {adamw, func(r *Recipe) { r.Momentum = .9 }},
		"adamw beta2":     {adamw, func(r *Recipe) { r.Beta2 = 0 }},
		"adamw epsilon":   {adamw, func(r *Recipe) { r.Epsilon = math.NaN() }},
		"muon rate":       {muon, func(r *Recipe) { r.MuonRate = 0 }},
		"muon steps":      {muon, func(r *Recipe) { r.MuonSteps = 0 }},
		"muon momentum":   {muon, func(r *Recipe) { r.MuonMomentum = 1 }},
		"ema":             {sgd, func(r *Recipe) { r.EMA = 1 }},
		"lookahead":       {sgd, func(r *Recipe) { r.Lookahead = -1 }},
		"lookahead alone": {sgd, func(r *Recipe) { r.Lookahead = 5 }},
		"decay alone":     {sgd, func(r *Recipe) { r.LookaheadDecay = .95 }},
		"two averages":    {sgd, func(r *Recipe) { r.EMA, r.Lookahead, r.LookaheadDecay = .9, 5, .95 }},
	} {
		c.change(&c.r)
		if c.r.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// What a recipe without the later augmentations and optimisers prints is what it
// always printed, but for its source: a checkpoint holds it, and tells by it whether
// it belongs to a run.
func TestRecipeText(t *testing.T) {
	r, _ := LookupRecipe("official")
	r.Source = ""
	text, err := json.Marshal(r)
	want := `{"name":"official","epochs":300,"batch":128,"learning_rate":0.1,"momentum":0.9,"weight_decay":0.0005,` +
		`"schedule":"step","step_epochs":50,"step_factor":0.1,"pad":4,"mirror":true}`
	if err != nil || string(text) != want {
		t.Errorf("%s (%v), want %s", text, err, want)
	}
	r.Pad, r.Translate = 2, 2
	if err := r.Validate(); err == nil || !strings.Contains(err.Error(), "pad and translate") {
		t.Errorf("two ways to cut: %v", err)
	}
}
