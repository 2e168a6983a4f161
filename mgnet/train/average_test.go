package train

import (
	"context"
	"math"
	"slices"
	"testing"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/runs"
)

// averaged is a network of a few values: they are set, and what is expected of them.
func averaged(t *testing.T) (n *mgnet.Network, set func(v float64)) {
	t.Helper()
	n, err := mgnet.New(mgnet.MgNet(4, 4, 1, 2, []int{1}, []int{1}), 1)
	if err != nil {
		t.Fatal(err)
	}
	return n, func(v float64) {
		for _, view := range n.Tensors(nil) {
			for i := range view.Data {
				view.Data[i] = float32(v)
			}
		}
	}
}

// all checks that every weight and statistic has one value.
func all(t *testing.T, what string, views map[string]mgnet.Tensor, want float64) {
	t.Helper()
	for name, view := range views {
		for _, v := range view.Data {
			if math.Abs(float64(v)-want) > 1e-5 {
				t.Errorf("%s: %s is %g, want %g", what, name, v, want)
				return
			}
		}
	}
}

// The moving average by hand: weights 1, then 2, 4, 8, 16. β grows as 2/11, 3/12,
// 4/13 until it is 0.3.
//
//	w̄ = 2/11 + 9/11·2 = 20/11;  then 1/4·20/11 + 3/4·4 = 38/11 = 3.45455
//	w̄ = .3·3.45455 + .7·8 = 6.63636;  then .3·6.63636 + .7·16 = 13.19091
func TestEMA(t *testing.T) {
	n, set := averaged(t)
	set(1)
	avg, mean, err := newAverage(n, runs.Recipe{EMA: .3}, 100)
	if err != nil {
		t.Fatal(err)
	}
	if mean == n {
		t.Fatal("the average is the network itself")
	}
	all(t, "before", mean.Tensors(nil), 1)
	for k, want := range []float64{20. / 11, 38. / 11, 6.636364, 13.190909} {
		set(math.Pow(2, float64(k+1)))
		avg.follow(k + 1)
		all(t, "average", mean.Tensors(nil), want)
		all(t, "in training", n.Tensors(nil), math.Pow(2, float64(k+1)))
	}
	if _, ok := avg.state()["raw:head.w"]; !ok || len(avg.state()) != len(n.Tensors(nil)) {
		t.Error("the state is not the network in training")
	}
}

// Lookahead by hand, every 2nd of 5 steps with decay 0.5, weights 1 at first and 1
// more after each step: δ = .25·(2/5)³ = .016, then .25·(4/5)³ = .128.
//
//	step 2: w = 3, slow = .016·1 + .984·3 = 2.968
//	step 4: w = 4.968, slow = .128·2.968 + .872·4.968 = 4.712
//	step 5: w = 5.712, and back to 4.712
func TestLookahead(t *testing.T) {
	n, set := averaged(t)
	set(1)
	avg, model, err := newAverage(n, runs.Recipe{Lookahead: 2, LookaheadDecay: .5}, 5)
	if err != nil {
		t.Fatal(err)
	}
	if model != n {
		t.Fatal("the model is not the network in training")
	}
	w := 1.
	for k, want := range []float64{2, 2.968, 3.968, 4.712, 4.712} {
		set(w + 1)
		avg.follow(k + 1)
		all(t, "weights", n.Tensors(nil), want)
		w = want
	}
	all(t, "slow", avg.state(), 4.712)
	if _, ok := avg.state()["slow:stem.norm.running_var"]; !ok {
		t.Error("running statistics are not averaged")
	}
}

// A training with a moving average reports, keeps and opens the average; the weights
// in training are those of a training without one.
func TestTrainingWithEMA(t *testing.T) {
	r := tinyRun()
	plainDir, dir := t.TempDir(), t.TempDir()
	train(t, r, plainDir)
	plain, _, err := runs.Open(plainDir)
	if err != nil {
		t.Fatal(err)
	}
	r.Recipe.EMA = .9
	tr, te, _ := r.Load()
	trainer, err := NewTrainer(r, tr, te, dir)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := trainer.Train(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	n, _, err := runs.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if accuracy, err := evaluate.Accuracy(n, te); err != nil || accuracy != sum.TestAccuracy {
		t.Errorf("the opened model has accuracy %g, reported %g (%v)", accuracy, sum.TestAccuracy, err)
	}
	raw, differ := trainer.average.state(), false
	for name, want := range plain.Tensors(nil) {
		if !slices.Equal(raw["raw:"+name].Data, want.Data) {
			t.Errorf("%s in training differs from that of a training without average", name)
		}
		if !slices.Equal(n.Tensors(nil)[name].Data, trainer.Network.Tensors(nil)[name].Data) {
			t.Errorf("%s opened is not the average", name)
		}
		differ = differ || !slices.Equal(n.Tensors(nil)[name].Data, want.Data)
	}
	if !differ {
		t.Error("the average is the weights themselves")
	}
}

// At its end a training with lookahead has the slow weights.
func TestTrainingWithLookahead(t *testing.T) {
	r := tinyRun()
	r.Recipe.Lookahead, r.Recipe.LookaheadDecay = 4, .95 // of 15 steps: the last 3 are undone
	dir := t.TempDir()
	train(t, r, dir)
	trainer, err := ResumeTrainer(dir)
	if err != nil {
		t.Fatal(err)
	}
	slow := trainer.average.state()
	for name, v := range trainer.Network.Tensors(nil) {
		if !slices.Equal(slow["slow:"+name].Data, v.Data) {
			t.Errorf("%s is not the slow one at the end", name)
		}
	}
}
