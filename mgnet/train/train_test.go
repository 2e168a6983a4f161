package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// The loss of a step is that of its scores with the labels smoothed as the recipe
// says: (1 − s) of the label's, s of the mean over all classes.
func TestLabelSmoothing(t *testing.T) {
	r := tinyRun()
	r.Recipe.LabelSmoothing = .25
	tr, te, err := r.Load()
	if err != nil {
		t.Fatal(err)
	}
	trainer, err := NewTrainer(r, tr, te, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := trainer.step(); err != nil {
		t.Fatal(err)
	}
	scores, want := trainer.program.Values(trainer.outputs), 0.0
	for n, label := range trainer.batch.Labels {
		z := scores[n*10 : (n+1)*10]
		sum, mean := 0.0, 0.0
		for _, v := range z {
			sum += math.Exp(float64(v))
			mean += float64(v) / 10
		}
		want += (math.Log(sum) - .75*float64(z[label]) - .25*mean) / float64(len(trainer.batch.Labels))
	}
	if got := trainer.state.LossSum; math.Abs(got-want) > 1e-5 {
		t.Errorf("loss %.6f, want %.6f", got, want)
	}
}

// tinyRun is a training of a second or so on the embedded sample.
func tinyRun() runs.Run {
	r, _ := runs.LookupRecipe("quick")
	r.Epochs, r.Batch, r.LearningRate = 3, 20, .2
	return runs.Run{Model: mgnet.NewMgNet(28, 28, 1, 10, []int{6}, []int{1, 1}), Recipe: r, Seed: 1, Data: "sample", Limit: 100}
}

// set is a model with other values for keys of its JSON.
func set(m mgnet.Model, keys map[string]any) mgnet.Model {
	other, err := mgnet.With(m, keys)
	if err != nil {
		panic(err)
	}
	return other
}

// train runs r to its end in dir and returns the last checkpoint's bytes.
func train(t *testing.T, r runs.Run, dir string) []byte {
	t.Helper()
	tr, te, err := r.Load()
	if err != nil {
		t.Fatal(err)
	}
	trainer, err := NewTrainer(r, tr, te, dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trainer.Train(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	return read(t, filepath.Join(dir, runs.CheckpointFile))
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A training stopped at any batch, in the middle of an epoch or at its end, and
// resumed, once or often, ends with the bytes of one that was never stopped; with
// any optimiser and average.
func TestResumeIsExact(t *testing.T) {
	sgd, adamw, muon := tinyRun(), tinyRun(), tinyRun()
	a := &adamw.Recipe
	a.Optimizer, a.Momentum, a.Beta1, a.Beta2, a.Epsilon, a.LearningRate, a.EMA = "adamw", 0, .9, .999, 1e-8, .01, .9
	m := &muon.Recipe
	m.Optimizer, m.MuonRate, m.MuonMomentum, m.MuonSteps, m.Lookahead, m.LookaheadDecay = "muon", .1, .6, 3, 4, .95
	for name, r := range map[string]runs.Run{"sgd": sgd, "adamw with ema": adamw, "muon with lookahead": muon, "bias of the whitening": whiteRun(), "small images": smallRun(), "bfloat16": halfRun()} {
		if testing.Short() && name != "muon with lookahead" {
			continue
		}
		t.Run(name, func(t *testing.T) { resumeIsExact(t, r) })
	}
}

// whiteRun trains the bias of its whitening for seven of fifteen batches.
func whiteRun() runs.Run {
	r := tinyRun()
	r.Model = mgnet.FastMgNet(28, 28, 1, 10, []int{8, 8}, []int{1, 1})
	r.Recipe.WhitenBiasEpochs = 1.4
	return r
}

// Leaving out the gradient of what is trained no more does not change one bit.
func TestFrozen(t *testing.T) {
	r := whiteRun()
	tr, te, _ := r.Load()
	left := func(trainer *Trainer) int {
		n := 0
		if _, err := trainer.Train(context.Background(), func(Progress) {
			if trainer.program.Gradient(mgnet.WhitenBias) == nil {
				n++
			}
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	dir, plain := t.TempDir(), t.TempDir()
	trainer, err := NewTrainer(r, tr, te, dir)
	if err != nil {
		t.Fatal(err)
	}
	if n := left(trainer); n != 8 {
		t.Errorf("%d batches without a gradient by the bias of the whitening, want 8", n)
	}
	if trainer, err = NewTrainer(r, tr, te, plain); err != nil {
		t.Fatal(err)
	}
	trainer.frozen = trainer.opt.frozen(15) // so that the program is never made again
	if n := left(trainer); n != 0 {
		t.Fatalf("%d batches without a gradient, want 0", n)
	}
	if !bytes.Equal(read(t, filepath.Join(dir, runs.CheckpointFile)), read(t, filepath.Join(plain, runs.CheckpointFile))) {
		t.Error("the last checkpoints differ")
	}
}

// rewrite changes a folder's config.json.
func rewrite(t *testing.T, dir string, r runs.Run) {
	t.Helper()
	text, err := json.Marshal(r)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, runs.ConfigFile), text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func resumeIsExact(t *testing.T, r runs.Run) {
	want := train(t, r, t.TempDir())
	for _, every := range []int{1, 3, 5, 7} {
		dir := t.TempDir()
		tr, te, _ := r.Load()
		trainer, err := NewTrainer(r, tr, te, dir)
		if err != nil {
			t.Fatal(err)
		}
		untilDone(t, trainer, every, func() (*Trainer, error) { return ResumeTrainer(dir) })
		if !bytes.Equal(read(t, filepath.Join(dir, runs.CheckpointFile)), want) {
			t.Errorf("stopped every %d batches: the last checkpoint differs", every)
		}
		rows := strings.Split(strings.TrimSpace(string(read(t, filepath.Join(dir, runs.MetricsFile)))), "\n")
		if len(rows) != 1+r.Recipe.Epochs {
			t.Errorf("metrics.csv has %d lines, want a header and %d epochs:\n%s", len(rows), r.Recipe.Epochs, strings.Join(rows, "\n"))
		}
	}
}

// What a training reports is what an evaluation of its folder finds, and the
// loss falls.
func TestTrainAndOpen(t *testing.T) {
	r := tinyRun()
	r.Limit, r.Recipe.Epochs = 400, 4
	dir := t.TempDir()
	tr, te, _ := r.Load()
	trainer, err := NewTrainer(r, tr, te, dir)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := trainer.Train(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	h := trainer.History()
	if h[0].Loss <= h[3].Loss || h[3].Loss > 1.8 || sum.Loss != h[3].Loss {
		t.Errorf("loss %.3f, then %.3f; want it to fall below 1.8 (ln 10 is chance)", h[0].Loss, h[3].Loss)
	}
	n, back, err := runs.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(back) != fmt.Sprint(trainer.Run()) || fmt.Sprint(back.Model, back.Recipe) != fmt.Sprint(r.Model, r.Recipe) || !strings.HasPrefix(back.Origin.Data, "sha256:") {
		t.Errorf("the run came back as %v, want %v", back, trainer.Run())
	}
	accuracy, err := evaluate.Accuracy(n, te)
	if err != nil || accuracy != sum.TestAccuracy {
		t.Errorf("evaluated %.4f, reported %.4f (%v)", accuracy, sum.TestAccuracy, err)
	}
	if want := 6 * trainer.MACs() * 1600 / 1e15; math.Abs(sum.PFLOP/want-1) > 1e-9 {
		t.Errorf("%.3g PFLOP, want %.3g", sum.PFLOP, want)
	}
	if png := read(t, filepath.Join(dir, runs.CurvesFile)); !bytes.HasPrefix(png, []byte("\x89PNG")) {
		t.Error("curves.png is no PNG")
	}
}

// A rate that blows the weights up stops the training and keeps the last good
// checkpoint.
func TestDivergence(t *testing.T) {
	r := tinyRun()
	dir := t.TempDir()
	tr, te, _ := r.Load()
	trainer, err := NewTrainer(r, tr, te, dir)
	if err != nil {
		t.Fatal(err)
	}
	batches := 0
	_, err = trainer.Train(context.Background(), func(m Progress) {
		if batches++; m.Epoch == 2 && m.Batch == 2 {
			for _, p := range trainer.Network.Params() {
				p.Data[0] = float32(math.NaN())
			}
		}
	})
	if !errors.Is(err, runs.ErrNotFinite) || !strings.Contains(err.Error(), "epoch 2, batch 3") || batches != 7 {
		t.Errorf("%v after %d batches; want a stop in epoch 2, batch 3", err, batches)
	}
	if n, _, err := runs.Open(dir); err != nil {
		t.Errorf("the last checkpoint is gone: %v", err)
	} else if a, err := evaluate.Accuracy(n, te); err != nil || a == 0 {
		t.Errorf("the last checkpoint is spoilt: accuracy %g, %v", a, err)
	}
	// A NaN that came in with the very last step is not saved either.
	trainer.Network.Params()[0].Data[0] = float32(math.Inf(1))
	if err := trainer.folder.Take(); err != nil {
		t.Fatal(err)
	}
	if err := trainer.save(runs.CheckpointFile); !errors.Is(err, runs.ErrNotFinite) {
		t.Errorf("saved an infinity: %v", err)
	}
}

func TestRunErrors(t *testing.T) {
	r := tinyRun()
	tr, te, _ := r.Load()
	dir := t.TempDir()
	train(t, r, dir)

	check := func(name, want string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want an error with %q", name, err, want)
		}
	}
	_, err := NewTrainer(r, tr, te, dir)
	check("used folder", "already holds a run", err)
	big := r
	big.Recipe.Batch = 101
	_, err = NewTrainer(big, tr, te, "")
	check("batch", "101", err)
	colour := r
	colour.Model = mgnet.NewMgNet(32, 32, 3, 10, []int{4}, []int{1, 1})
	_, err = NewTrainer(colour, tr, te, "")
	check("other images", "the model takes 32×32×3", err)
	_, err = ResumeTrainer(t.TempDir())
	check("no run", "not the folder of a run", err)
	many := r
	many.Limit = 100000
	_, _, err = many.Load()
	check("limit", "100000", err)

	// A checkpoint of another model, a text file, half a file.
	path := filepath.Join(dir, runs.CheckpointFile)
	whole := read(t, path)
	for _, c := range []struct {
		name, want string
		model      mgnet.Model
	}{
		{"wider", "another model", mgnet.NewMgNet(28, 28, 1, 10, []int{5}, []int{1, 1})},
		{"deeper", "it has no level1.step1", mgnet.NewMgNet(28, 28, 1, 10, []int{6}, []int{1, 2})},
	} {
		other := r
		other.Model = c.model
		rewrite(t, dir, other)
		_, err = ResumeTrainer(dir)
		check(c.name, c.want, err)
		_, _, err = runs.Open(dir)
		check(c.name, c.want, err)
	}
	other := r
	other.Seed = 2
	rewrite(t, dir, other)
	_, err = ResumeTrainer(dir)
	check("other seed", "other settings", err)
	other = r
	other.Limit = -1
	rewrite(t, dir, other)
	_, err = runs.ReadRun(dir)
	check("negative limit", "limit of -1", err)
	rewrite(t, dir, r)
	for name, data := range map[string][]byte{"text": []byte("hello, this is text\n"), "half": whole[:len(whole)/2], "empty": nil} {
		os.WriteFile(path, data, 0o644)
		_, err = ResumeTrainer(dir)
		check(name, "not a safetensors checkpoint", err)
	}
	os.WriteFile(filepath.Join(dir, runs.ConfigFile), []byte(`{"modle": 1}`), 0o644)
	_, err = runs.ReadRun(dir)
	check("key", "modle", err)
	os.WriteFile(filepath.Join(dir, runs.ConfigFile), []byte(`{}`), 0o644)
	_, err = runs.ReadRun(dir)
	check("empty", `model ""`, err)
}

// Rows of epochs that the checkpoint does not hold are dropped on resuming: a
// crash between the two files leaves one too many.
func TestMetrics(t *testing.T) {
	path := filepath.Join(t.TempDir(), runs.MetricsFile)
	nan := math.NaN()
	rows := []EpochReport{{1, .1, 2.5, .25, .5, 10, 160, nan, nan}, {2, .05, 1.25, .5, .625, nan, nan, .0625, 1.5}, {3, .01, 1, .75, .75, 8, 200, 0, 2}}
	if err := writeMetrics(path, rows); err != nil {
		t.Fatal(err)
	}
	got, err := readMetrics(path, 2)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(rows) {
		t.Errorf("read %v (%v), want %v", got, err, rows)
	}
	if _, err := readMetrics(path, 4); err == nil {
		t.Error("an epoch is missing and nobody says so")
	}
	// Older files have one or two columns less.
	for _, older := range []string{
		"epoch,learning_rate,loss,train_accuracy,test_accuracy,seconds,images_per_s\n1,0.1,2.5,0.25,0.5,10,160\n",
		"epoch,learning_rate,loss,train_accuracy,test_accuracy,seconds,images_per_s,load_share\n1,0.1,2.5,0.25,0.5,10,160,\n",
	} {
		os.WriteFile(path, []byte(older), 0o644)
		if got, err := readMetrics(path, 1); err != nil || fmt.Sprint(got) != fmt.Sprint(rows[:1]) {
			t.Errorf("read %v (%v) of an older file, want %v", got, err, rows[:1])
		}
	}
	writeMetrics(path, rows)
	whole := string(read(t, path))
	for k := range whole { // a part of it is never the whole
		os.WriteFile(path, []byte(whole[:k]), 0o644)
		if got, err := readMetrics(path, 3); err == nil {
			t.Errorf("cut off after %d of %d bytes: read %v", k, len(whole), got)
		}
	}
	for name, text := range map[string]string{
		"header":   "epoch,loss\n1,2\n",
		"gap":      strings.Replace(whole, "\n2,", "\n3,", 1),
		"nan":      strings.Replace(whole, "0.625", "NaN", 1),
		"no words": strings.Replace(whole, "0.625", "much", 1),
		"no loss":  strings.Replace(whole, "1.25", "", 1),
	} {
		os.WriteFile(path, []byte(text), 0o644)
		if _, err := readMetrics(path, 3); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func ExampleTrainer() {
	train, test, _ := vision.Load("sample", "")
	recipe, _ := runs.LookupRecipe("quick")
	recipe.Epochs, recipe.LearningRate = 2, .2
	run := runs.Run{Model: mgnet.NewMgNet(28, 28, 1, 10, []int{6}, []int{1, 1}), Recipe: recipe, Seed: 1, Data: "sample"}
	trainer, err := NewTrainer(run, train, test, "") // a folder's name keeps checkpoints there
	if err != nil {
		fmt.Println(err)
		return
	}
	sum, err := trainer.Train(context.Background(), nil)
	fmt.Println(sum.Epochs, "epochs, better than chance:", sum.TestAccuracy > .2, err)
	// Output: 2 epochs, better than chance: true <nil>
}
