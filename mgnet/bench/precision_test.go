package bench

import (
	"math"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
)

// halfRun multiplies bfloat16 in its convolutions, those within a level.
func halfRun() runs.Run {
	r := tinyRun()
	r.Model = mgnet.MgNet(28, 28, 1, 10, []int{16}, []int{1, 1})
	r.Recipe.Precision = runs.Bfloat16
	return r
}

func TestPrecisionRefuses(t *testing.T) {
	r := halfRun()
	r.Recipe.Precision = "half"
	for what, err := range map[string]error{"recipe": r.Recipe.Validate(), "speed": Options{Batch: 1, Seconds: 1, Precision: "half"}.Validate()} {
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
	for i, precision := range []string{"f32", runs.Bfloat16} {
		n, err := mgnet.New(r.Model, 1)
		if err != nil {
			t.Fatal(err)
		}
		w, err := newWorkload(n, Options{Train: true, Batch: 2, Precision: precision})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.step(); err != nil {
			t.Fatal(err)
		}
		loss[i] = w.program.Value()[0]

		p := &mgnet.Param{Name: "w", Shape: []int{3, 3, 4, 8}, Data: make([]float32, 288)}
		g := make([]float32, len(p.Data))
		for k := range g {
			g[k] = float32(k%7) - 3 + float32(k%11)
		}
		recipe := runs.Recipe{Optimizer: "muon", LearningRate: 1, MuonRate: .1, MuonMomentum: .6, MuonSteps: 3, Precision: precision}
		train.NewOptimizer(of(p), recipe, 1).Step(0, 1, func(string) []float32 { return g })
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

// loose are parameters without a network.
type loose struct {
	params []*mgnet.Param
	norms  []*mgnet.Norm
}

func (l *loose) Params() []*mgnet.Param { return l.params }

func (l *loose) Norms() []*mgnet.Norm { return l.norms }

// of makes them without norms.
func of(list ...*mgnet.Param) *loose { return &loose{params: list} }

// tinyRun is a training of a second or so on the embedded sample.
func tinyRun() runs.Run {
	r, _ := runs.LookupRecipe("quick")
	r.Epochs, r.Batch, r.LearningRate = 3, 20, .2
	return runs.Run{Model: mgnet.MgNet(28, 28, 1, 10, []int{6}, []int{1, 1}), Recipe: r, Seed: 1, Data: "sample", Limit: 100}
}
