package mgnet

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
)

// halfRun multiplies bfloat16 in its convolutions, those within a level.
func halfRun() Run {
	r := tinyRun()
	r.Model = MgNet(28, 28, 1, 10, []int{16}, []int{1, 1})
	r.Recipe.Precision = bfloat16
	return r
}

// A step with bfloat16 has the loss and the gradients of one with float32, but for
// the rounding of 8 bits, of small images too; the network is evaluated in float32.
func TestPrecision(t *testing.T) {
	small := halfRun()
	small.Model.Norm, small.Recipe.SmallEpochs, small.Recipe.SmallScale = "none", 1, .9
	for name, half := range map[string]Run{"whole images": halfRun(), "small images": small} {
		t.Run(name, func(t *testing.T) {
			plain := half
			plain.Recipe.Precision = ""
			loss, gradient := firstStep(t, plain)
			lossHalf, gradientHalf := firstStep(t, half)
			if d := math.Abs(lossHalf - loss); d == 0 || d > .01*loss {
				t.Errorf("loss %g, with bfloat16 %g; want them alike to two digits", loss, lossHalf)
			}
			for name, g := range gradient {
				var e, size float64
				for i, v := range g {
					e += math.Pow(float64(gradientHalf[name][i]-v), 2)
					size += float64(v) * float64(v)
				}
				if d := math.Sqrt(e / size); !(d > 1e-5 && d < .15) {
					t.Errorf("gradient by %s differs by %.1e of its size; want some hundredths", name, d)
				}
			}
		})
	}
}

// firstStep is the loss of the first batch and its gradients by the kernels.
func firstStep(t *testing.T, r Run) (loss float64, gradient map[string][]float32) {
	tr, te, err := r.Load()
	if err != nil {
		t.Fatal(err)
	}
	trainer, err := NewTrainer(r, tr, te, "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err = trainer.Train(ctx, func(m Moment) {
		loss, gradient = m.Loss, map[string][]float32{}
		for _, p := range trainer.net.params {
			if g := trainer.program.Gradient(p.Name); len(p.Shape) == 4 && g != nil {
				gradient[p.Name] = append([]float32(nil), g...)
			}
		}
		cancel()
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	return loss, gradient
}

func TestPrecisionRefuses(t *testing.T) {
	r := halfRun()
	r.Recipe.Precision = "half"
	for what, err := range map[string]error{"recipe": r.Recipe.Validate(), "speed": SpeedOptions{Batch: 1, Seconds: 1, Precision: "half"}.Validate()} {
		if err == nil || !strings.Contains(err.Error(), `"half"`) || !strings.Contains(err.Error(), "f32, bf16") {
			t.Errorf("%s: %v; want an error that names it and what there is", what, err)
		}
	}
}

// A measured step, and Muon, have the precision they are told.
func TestPrecisionReaches(t *testing.T) {
	r := halfRun()
	var loss [2]float32
	var moved [2][]float32
	for i, precision := range []string{"f32", bfloat16} {
		n, err := New(r.Model, 1)
		if err != nil {
			t.Fatal(err)
		}
		w, err := n.workload(SpeedOptions{Train: true, Batch: 2, Precision: precision})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.step(); err != nil {
			t.Fatal(err)
		}
		loss[i] = w.program.Value()[0]

		p := &Param{Name: "w", Shape: []int{3, 3, 4, 8}, Data: make([]float32, 288)}
		g := make([]float32, len(p.Data))
		for k := range g {
			g[k] = float32(k%7) - 3 + float32(k%11)
		}
		recipe := Recipe{Optimizer: "muon", LearningRate: 1, MuonRate: .1, MuonMomentum: .6, MuonSteps: 3, Precision: precision}
		newOptimizer(parameters(p), recipe, 1).step(0, 1, func(string) []float32 { return g })
		moved[i] = p.Data
	}
	if loss[0] == loss[1] {
		t.Errorf("a measured step has loss %g by both", loss[0])
	}
	var e, size float64
	for k, v := range moved[0] {
		e += math.Pow(float64(v-moved[1][k]), 2)
		size += math.Pow(float64(v), 2)
	}
	if d := math.Sqrt(e / size); !(d > 1e-5 && d < .03) {
		t.Errorf("Muon's steps differ by %.1e of their size", d)
	}
}
