package train

import (
	"context"
	"math"
	"testing"

	"mgtool/mgnet"
)

// They train: every parameter has a gradient that moves it, and the loss falls.
func TestResidualTrains(t *testing.T) {
	for _, model := range []string{"resnet", "preact"} {
		for _, share := range []string{"step", "level"} {
			r := tinyRun()
			r.Model.Model, r.Model.ShareA, r.Model.ShareB = model, share, share
			tr, te, err := r.Load()
			if err != nil {
				t.Fatal(err)
			}
			trainer, err := NewTrainer(r, tr, te, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := trainer.Train(context.Background(), nil); err != nil {
				t.Fatal(err)
			}
			start, _ := mgnet.New(r.Model, r.Seed)
			for i, p := range trainer.Network.Params() {
				moved := false
				for k, v := range p.Data {
					moved = moved || math.Abs(float64(v-start.Params()[i].Data[k])) > 1e-4
				}
				if !moved {
					t.Errorf("%s, shared by %s: %s does not move", model, share, p.Name)
				}
			}
			h := trainer.history
			if first, last := h[0].Loss, h[len(h)-1].Loss; !(last < first) {
				t.Errorf("%s, shared by %s: loss %.3f after the first epoch, %.3f after the last", model, share, first, last)
			}
		}
	}
}
