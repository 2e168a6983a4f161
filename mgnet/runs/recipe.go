package runs

// How a model is trained: recipes and learning rate schedules.

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"mgtool/internal/strictjson"
	"mgtool/vision"
)

// Recipe says how a model is trained. It is part of a run's config.json. A key that is
// left out is 0, which switches its feature off unless its comment says otherwise.
type Recipe struct {
	Name   string `json:"name"`
	Source string `json:"source,omitempty"` // where its values are from; for people
	Epochs int    `json:"epochs"`
	Batch  int    `json:"batch"` // images a step; the rate is not scaled with it

	// Optimizer is "sgd" (the default), "adamw", "adam" or "muon"; sgd.go, adamw.go and
	// muon.go of package train have the formulas. The loss is a mean over the batch.
	Optimizer    string  `json:"optimizer,omitempty"`
	LearningRate float64 `json:"learning_rate"` // before the schedule's factor
	Momentum     float64 `json:"momentum"`      // of SGD
	WeightDecay  float64 `json:"weight_decay"`  // on every parameter

	// Nesterov steps along the gradient and the momentum after it. Decoupled takes
	// the weight decay out of the gradient, and so out of the momentum (Loshchilov
	// & Hutter, ICLR 2019). ClipNorm, if not 0, is the most that the norm of the
	// whole gradient may be: a larger gradient is scaled down to it.
	Nesterov  bool    `json:"nesterov,omitempty"`
	Decoupled bool    `json:"decoupled_decay,omitempty"`
	ClipNorm  float64 `json:"clip_norm,omitempty"`

	// For AdamW and Adam.
	Beta1   float64 `json:"beta1,omitempty"`
	Beta2   float64 `json:"beta2,omitempty"`
	Epsilon float64 `json:"epsilon,omitempty"`

	// For Muon, which trains the convolutions while SGD trains the rest: the rate in
	// place of LearningRate, the momentum, the number of Newton–Schulz steps, and
	// whether filters are kept at norm 1 instead of decaying.
	MuonRate        float64 `json:"muon_rate,omitempty"`
	MuonMomentum    float64 `json:"muon_momentum,omitempty"`
	MuonSteps       int     `json:"muon_steps,omitempty"`
	MuonUnitFilters bool    `json:"muon_unit_filters,omitempty"`

	// For some parameters only. ShiftRateFactor, if not 0, multiplies the learning rate
	// of the shifts β of batch norms and divides their decay, so that they decay as
	// fast as the rest. DecayOnly, if not empty, exempts all parameters from weight decay
	// whose names do not begin with it. NoNormDecay exempts batch norms and the parameters of
	// activations from weight decay. WhitenBiasEpochs, if not 0, freezes the bias of a
	// whitening layer after that many epochs, rounded to a batch.
	ShiftRateFactor  float64 `json:"shift_rate_factor,omitempty"`
	NoNormDecay      bool    `json:"no_norm_decay,omitempty"`
	DecayOnly        string  `json:"decay_only,omitempty"`
	WhitenBiasEpochs float64 `json:"whiten_bias_epochs,omitempty"`

	// Averages of the weights; average.go of package train has the formulas. With EMA
	// not 0, the model is the exponential moving average by that factor. With Lookahead not 0, the training is
	// pulled back to an average after every Lookahead steps, by the factor LookaheadDecay.
	EMA            float64 `json:"ema,omitempty"`
	Lookahead      int     `json:"lookahead,omitempty"`
	LookaheadDecay float64 `json:"lookahead_decay,omitempty"`

	// Precision is that of the products in a step: "f32" (the default), or "bf16": then
	// convolutions, where [tensor.Conv.Bfloat16] supports it, and Muon round the factors
	// to bfloat16 and sum in float32. Weights, statistics and evaluation stay float32.
	Precision string `json:"precision,omitempty"`

	// Progressive resizing: for the first SmallEpochs epochs, rounded to a batch, training
	// images are scaled to SmallScale times their sides, rounded to a pixel; a step then
	// takes about SmallScale² of the time (M. Tan, Q. Le, EfficientNetV2, ICML 2021, section 4.1).
	SmallEpochs float64 `json:"small_epochs,omitempty"`
	SmallScale  float64 `json:"small_scale,omitempty"`

	// LabelSmoothing is the share of the target that is spread evenly over all classes.
	LabelSmoothing float64 `json:"label_smoothing,omitempty"`

	// Schedule of the learning rate: "step" multiplies it by StepFactor after
	// each StepEpochs epochs; "cosine" lets it fall to zero over the training
	// like a half cosine, batch by batch. "triangular" rises along a line from
	// StartFactor times the rate to the rate at the share PeakAt of the training,
	// and falls along one to EndFactor times it; "one-cycle" does so along half
	// cosines (L. N. Smith, N. Topin, arXiv:1708.07120).
	Schedule    string  `json:"schedule"`
	StartFactor float64 `json:"start_factor,omitempty"`
	PeakAt      float64 `json:"peak_at,omitempty"`
	EndFactor   float64 `json:"end_factor,omitempty"`

	StepEpochs int     `json:"step_epochs,omitempty"`
	StepFactor float64 `json:"step_factor,omitempty"`

	vision.Augment // of the training images; its keys are among the recipe's
}

// Recipes lists the built-in recipes.
func Recipes() []Recipe {
	return []Recipe{
		{
			Name: "official", Source: "the code of He & Xu's paper, MgNet_Code: CIFAR, 300 epochs",
			Epochs: 300, Batch: 128, LearningRate: 0.1, Momentum: 0.9, WeightDecay: 5e-4,
			Schedule: "step", StepEpochs: 50, StepFactor: 0.1, Augment: vision.Augment{Pad: 4, Mirror: true},
		},
		{
			Name: "course", Source: "the notebook of the course on MgNet: CIFAR, 120 epochs",
			Epochs: 120, Batch: 128, LearningRate: 0.1, Momentum: 0.9, WeightDecay: 5e-4,
			Schedule: "step", StepEpochs: 30, StepFactor: 0.1, Augment: vision.Augment{Pad: 4, Mirror: true},
		},
		{
			Name: "quick", Source: "ours, for a first look: a few epochs down to rate 0",
			Epochs: 10, Batch: 50, LearningRate: 0.1, Momentum: 0.9, WeightDecay: 5e-4,
			Schedule: "cosine", Augment: vision.Augment{Pad: 2, Mirror: true},
		},
		fast(),
	}
}

// fast is the recipe of airbench94 (arXiv:2404.00498) in our terms, with Muon for the
// convolutions as in the later airbench94_muon. There the loss
// is a sum over the batch; with the mean, g is 1/batch of it, and the same weights
// come out with
//
//	η = batch · 11.5/s,   λ = (0.0153 · batch/s)/η = 0.0153/11.5,   s = 1024 (1 + 1/(1 − μ)),
//
// with λ in the gradient. η is 0.75 for batches of 512. Muon's rate of 0.24 is for
// batches of 2000; for 512 it is halved: on held-out images 0.24 was worse, 0.06 alike.
func fast() Recipe {
	const batch, momentum = 512, 0.85
	const scale = 1024 * (1 + 1/(1-momentum))
	const rate = batch * 11.5 / scale
	return Recipe{
		Name: "fast", Source: "airbench94 (K. Jordan, arXiv:2404.00498) and airbench94_muon: CIFAR-10, with batches of 512 for 9 epochs",
		Optimizer: "muon", MuonRate: 0.12, MuonMomentum: 0.6, MuonSteps: 3, MuonUnitFilters: true,
		Epochs: 9, Batch: batch, LearningRate: rate, Momentum: momentum, Nesterov: true, WeightDecay: 0.0153 * batch / scale / rate,
		ShiftRateFactor: 64, WhitenBiasEpochs: 3, Lookahead: 5, LookaheadDecay: 0.95, LabelSmoothing: 0.2,
		Schedule: "triangular", StartFactor: 0.2, PeakAt: 0.23, EndFactor: 0.07,
		Augment: vision.Augment{Translate: 2, AlternatingMirror: true},
	}
}

// LookupRecipe finds a recipe by its name.
func LookupRecipe(name string) (Recipe, error) {
	var names []string
	for _, r := range Recipes() {
		if r.Name == name {
			return r, nil
		}
		names = append(names, r.Name)
	}
	return Recipe{}, fmt.Errorf("mgnet: unknown recipe %q; known: %s", name, strings.Join(names, ", "))
}

// ParseRecipe reads a recipe from JSON, either alone or as part of a whole [Run]. An
// unknown key is an error.
func ParseRecipe(data []byte) (Recipe, error) {
	var r Recipe
	var err error
	keys := strictjson.TopKeys(data)
	switch {
	case strictjson.IsObject(keys["recipe"]):
		var run Run
		err = strictjson.Decode(data, &run)
		r = run.Recipe
	case strictjson.IsObject(keys["model"]):
		err = fmt.Errorf("it belongs to a run of imported weights, which has no recipe; want a run that was trained here")
	default:
		if err = strictjson.Decode(data, &r); err != nil && strictjson.StrangeTo(&r, keys) {
			err = fmt.Errorf("%w; want the keys of a recipe (name, epochs, batch, …) or a run's whole config.json", err)
		}
	}
	if err != nil {
		return Recipe{}, fmt.Errorf("mgnet: recipe: %w", err)
	}
	return r, r.Validate()
}

// For adapts the recipe to a data set: MNIST is trained without augmentation, since a
// mirrored or cropped digit may be another digit or none.
func (r Recipe) For(data string) Recipe {
	if data == "mnist" {
		r.Augment = vision.Augment{}
	}
	return r
}

// Validate reports the first value with which a training cannot run.
func (r Recipe) Validate() error {
	switch {
	case r.Epochs < 1 || r.Epochs > 1e6:
		return fmt.Errorf("mgnet: %d epochs; want 1 to 1000000", r.Epochs)
	case r.Batch < 1:
		return fmt.Errorf("mgnet: batch of %d images; want 1 or more", r.Batch)
	case !(r.LearningRate > 0) || math.IsInf(r.LearningRate, 0):
		return fmt.Errorf("mgnet: learning rate %g; want more than 0", r.LearningRate)
	case r.Schedule == "step" && (r.StepEpochs < 1 || !(r.StepFactor > 0 && r.StepFactor <= 1)):
		return fmt.Errorf("mgnet: step schedule with factor %g each %d epochs; want a factor in (0, 1] and 1 epoch or more", r.StepFactor, r.StepEpochs)
	case !slices.Contains(schedules, r.Schedule):
		return fmt.Errorf("mgnet: schedule %q; known: %s", r.Schedule, strings.Join(schedules, ", "))
	case r.peaked() && !(r.PeakAt >= 0 && r.PeakAt < 1 && r.StartFactor >= 0 && r.StartFactor <= 1 && r.EndFactor >= 0 && r.EndFactor <= 1):
		return fmt.Errorf("mgnet: %s schedule from %g to its peak at %g and down to %g; want 0 to 1 each, the peak before 1", r.Schedule, r.StartFactor, r.PeakAt, r.EndFactor)
	case !r.peaked() && (r.StartFactor != 0 || r.PeakAt != 0 || r.EndFactor != 0):
		return fmt.Errorf("mgnet: start, peak and end of a %s schedule; want them with triangular or one-cycle alone", r.Schedule)
	case !(r.SmallEpochs >= 0 && r.SmallEpochs <= float64(r.Epochs)):
		return fmt.Errorf("mgnet: small images for %g epochs; want 0 to the %d of the training", r.SmallEpochs, r.Epochs)
	case !(r.SmallScale >= 0 && r.SmallScale < 1) || (r.SmallEpochs > 0) != (r.SmallScale > 0):
		return fmt.Errorf("mgnet: images scaled by %g for %g epochs; want between 0 and 1, and neither or both of small_scale and small_epochs", r.SmallScale, r.SmallEpochs)
	case !(r.LabelSmoothing >= 0 && r.LabelSmoothing < 1):
		return fmt.Errorf("mgnet: label smoothing %g; want 0 or more and less than 1", r.LabelSmoothing)
	}
	return cmp.Or(ValidatePrecision(r.Precision), r.validateOptimizer(), r.validateAverage(), r.Augment.Validate())
}

// ValidatePrecision reports an unknown [Recipe.Precision].
func ValidatePrecision(p string) error {
	if p != "" && p != "f32" && p != Bfloat16 {
		return fmt.Errorf("mgnet: precision %q; known: f32, %s", p, Bfloat16)
	}
	return nil
}

// Bfloat16 is the [Recipe.Precision] below float32.
const Bfloat16 = "bf16"

// schedules are those that are known.
var schedules = []string{"step", "cosine", "triangular", "one-cycle"}

// peaked reports a schedule that rises first.
func (r Recipe) peaked() bool { return r.Schedule == "triangular" || r.Schedule == "one-cycle" }

// peakedFactor is what such a schedule multiplies the rate by, at a share of the
// training.
func (r Recipe) peakedFactor(progress float64) float64 {
	from, to, share := r.StartFactor, 1.0, progress/r.PeakAt
	if progress >= r.PeakAt {
		from, to, share = 1, r.EndFactor, (progress-r.PeakAt)/(1-r.PeakAt)
	}
	if r.Schedule == "one-cycle" {
		share = (1 - math.Cos(math.Pi*share)) / 2
	}
	return from + (to-from)*share
}

// Rate is the learning rate for a batch of an epoch of so many batches; epoch and batch
// count from 0.
func (r Recipe) Rate(epoch, batch, batches int) float64 {
	if r.Schedule == "step" {
		return r.LearningRate * math.Pow(r.StepFactor, float64(epoch/r.StepEpochs))
	}
	progress := float64(epoch*batches+batch) / float64(r.Epochs*batches)
	if r.peaked() {
		return r.LearningRate * r.peakedFactor(progress)
	}
	return r.LearningRate * (1 + math.Cos(math.Pi*progress)) / 2
}
