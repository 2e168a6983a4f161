package train

import (
	"context"
	"errors"
	"math"
	"testing"

	"mgtool/mgnet"
	"mgtool/mgnet/runs"
)

// halfRun multiplies bfloat16 in its convolutions, those within a level.
func halfRun() runs.Run {
	r := tinyRun()
	r.Model = mgnet.MgNet(28, 28, 1, 10, []int{16}, []int{1, 1})
	r.Recipe.Precision = runs.Bfloat16
	return r
}

// A step with bfloat16 has the loss and the gradients of one with float32, but for
// the rounding of 8 bits, of small images too; the network is evaluated in float32.
func TestPrecision(t *testing.T) {
	small := halfRun()
	small.Model.Norm, small.Recipe.SmallEpochs, small.Recipe.SmallScale = "none", 1, .9
	for name, half := range map[string]runs.Run{"whole images": halfRun(), "small images": small} {
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
func firstStep(t *testing.T, r runs.Run) (loss float64, gradient map[string][]float32) {
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
	_, err = trainer.Train(ctx, func(m Progress) {
		loss, gradient = m.Loss, map[string][]float32{}
		for _, p := range trainer.net.Params() {
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
