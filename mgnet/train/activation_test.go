package train

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/tensor"
)

// Every activation with a gradient trains, and what is trained of it moves; the
// Heaviside function has none, and says so before anything else is done.
func TestActivationsTrain(t *testing.T) {
	for _, name := range tensor.ActivationNames() {
		t.Run(name, func(t *testing.T) {
			r := tinyRun()
			r.Model.Activation, r.Model.HatTrained = name, name == "hat"
			tr, te, err := r.Load()
			if err != nil {
				t.Fatal(err)
			}
			trainer, err := NewTrainer(r, tr, te, t.TempDir())
			if name == "heaviside" {
				if err == nil || !strings.Contains(err.Error(), "no gradient") {
					t.Fatalf("error %v; want one that there is no gradient", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			start, err := mgnet.New(r.Model, r.Seed)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := trainer.Train(context.Background(), nil); err != nil {
				t.Fatal(err)
			}
			for i, p := range trainer.Network.Params() {
				theta := strings.HasSuffix(p.Name, ".hat") || strings.HasSuffix(p.Name, ".slope")
				if theta && slices.Equal(p.Data, start.Params()[i].Data) {
					t.Errorf("%s is %v, as it was before the training", p.Name, p.Data)
				}
			}
		})
	}
}
