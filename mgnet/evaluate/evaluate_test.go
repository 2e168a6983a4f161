package evaluate

import (
	"context"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/vision"
)

// byHand is a set of one-pixel images of classes a, b, c with given labels, and what
// a model has to say to it, as logits: the logarithms of probabilities.
func byHand(labels []uint16, probabilities [][]float64) (*vision.Dataset, []float32) {
	d := &vision.Dataset{
		Name: "hand", Height: 1, Width: 1, Channels: 1, Classes: []string{"a", "b", "c"},
		Pixels: make([]uint8, len(labels)), Labels: labels, Mean: []float32{0}, Std: []float32{1},
	}
	var logits []float32
	for _, row := range probabilities {
		for _, p := range row {
			logits = append(logits, float32(math.Log(p)))
		}
	}
	return d, logits
}

func TestEvaluationByHand(t *testing.T) {
	d, logits := byHand([]uint16{0, 0, 1, 1, 0, 1}, [][]float64{
		{.7, .2, .1}, // right
		{.2, .5, .3}, // a taken for b, loss −log .2
		{.1, .8, .1}, // right
		{.1, .3, .6}, // b taken for c, −log .3
		{.05, .05, .9},
		{.6, .2, .2}, // b taken for a, −log .2: the same as image 1, and after it
	})
	e := newEvaluation(d, 3, "")
	// In two batches, as a pass makes them.
	if err := e.add(0, logits[:12], 3, 3); err != nil {
		t.Fatal(err)
	}
	if err := e.add(4, logits[12:], 3, 3); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(e.Confusion), "[[1 1 1] [1 1 1] [0 0 0]]"; got != want {
		t.Errorf("confusion %s, want %s", got, want)
	}
	if got := e.Accuracy(); got != 2./6 {
		t.Errorf("accuracy %g, want 1/3", got)
	}
	if images, accuracy := e.Class(1); images != 3 || accuracy != 1./3 {
		t.Errorf("class b: %d images, accuracy %g; want 3, 1/3", images, accuracy)
	}
	if images, accuracy := e.Class(2); images != 0 || !math.IsNaN(accuracy) {
		t.Errorf("class c: %d images, accuracy %g; want none, NaN", images, accuracy)
	}
	var losses float64
	for _, p := range []float64{.7, .2, .8, .3, .05, .2} {
		losses -= math.Log(p)
	}
	if math.Abs(e.all.Loss-losses) > 1e-5 {
		t.Errorf("losses sum to %g, want %g", e.all.Loss, losses)
	}
	var got []string
	for _, m := range e.Mistakes {
		got = append(got, fmt.Sprintf("%d:%d→%d p %.2f loss %.3f", m.Index, m.Label, m.Predicted, m.Probabilities[m.Predicted], m.Loss))
	}
	want := "4:0→2 p 0.90 loss 2.996, 1:0→1 p 0.50 loss 1.609, 5:1→0 p 0.60 loss 1.609"
	if got := strings.Join(got, ", "); got != want {
		t.Errorf("mistakes %s\n    want %s", got, want)
	}

	dir := t.TempDir()
	if paths, err := e.WriteFiles(dir); err != nil || len(paths) != 4 {
		t.Fatalf("%v, %v", paths, err)
	}
	wantFile := "true\\predicted,a,b,c\na,1,1,1\nb,1,1,1\nc,0,0,0\n"
	if got := string(read(t, filepath.Join(dir, confusionTable))); got != wantFile {
		t.Errorf("confusion.csv:\n%s\nwant\n%s", got, wantFile)
	}
	lines := strings.Split(string(read(t, filepath.Join(dir, mistakesTable))), "\n")
	if lines[0] != "index,file,label,predicted,loss,p a,p b,p c" || lines[1] != "4,,a,c,2.99573,0.05,0.05,0.9" {
		t.Errorf("mistakes.csv begins\n%s\n%s", lines[0], lines[1])
	}
	d.Files = []string{"a/0.png", "a/1.png", "b/2.png", "b/3.png", "a/deep, \"x\".png", "b/5.png"}
	if _, err := e.WriteFiles(dir); err != nil {
		t.Fatal(err)
	}
	if rows := string(read(t, filepath.Join(dir, mistakesTable))); !strings.Contains(rows, "\n4,\"a/deep, \"\"x\"\".png\",a,c,2.99573") {
		t.Errorf("mistakes.csv with files:\n%s", rows)
	}
	for _, name := range []string{confusionPicture, mistakesPicture} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		f.Close()
	}
}

// A class that only the model has goes to a column of its own; none of the mistakes
// asked for is none; a model that makes no mistake has no picture of one.
func TestEvaluationEdges(t *testing.T) {
	d, logits := byHand([]uint16{0, 2}, [][]float64{{.1, .1, .1, .1, .6}, {.1, .1, .6, .1, .1}})
	e := newEvaluation(d, 5, MirrorTTA)
	if err := e.add(0, logits, 5, 0); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(e.Confusion), "[[0 0 0 1] [0 0 0 0] [0 0 1 0]]"; got != want || len(e.Mistakes) != 0 {
		t.Errorf("confusion %s, %d mistakes; want %s and none kept", got, len(e.Mistakes), want)
	}
	if _, err := e.WriteFiles(t.TempDir()); err != nil {
		t.Error(err)
	}
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
		logits[7] = bad
		if err := e.add(0, logits, 5, 3); err == nil || !strings.Contains(err.Error(), "image 1 of hand") {
			t.Errorf("a score of %g: %v; want an error that names image 1", bad, err)
		}
	}
}

// Of very many classes there is no confusion matrix, and nothing of its size.
func TestEvaluationManyClasses(t *testing.T) {
	const n = 65536
	d := &vision.Dataset{Name: "many", Height: 1, Width: 1, Channels: 1, Classes: make([]string, n), Pixels: []uint8{0, 0}, Labels: []uint16{n - 1, 7}, Mean: []float32{0}, Std: []float32{1}}
	e := newEvaluation(d, n, "")
	logits := make([]float32, 2*n)
	logits[n-1], logits[n+8] = 9, 9
	if err := e.add(0, logits, n, 2); err != nil {
		t.Fatal(err)
	}
	if images, accuracy := e.Class(n - 1); e.Confusion != nil || e.Accuracy() != .5 || images != 1 || accuracy != 1 || len(e.Mistakes) != 1 || e.Mistakes[0].Predicted != 8 {
		t.Errorf("accuracy %g, last class %d images and %g, %d mistakes", e.Accuracy(), images, accuracy, len(e.Mistakes))
	}
	paths, err := e.WriteFiles(t.TempDir())
	if err != nil || len(paths) != 2 || filepath.Base(paths[0]) != mistakesTable {
		t.Errorf("%v, %v; want the mistakes alone", paths, err)
	}
	d.Classes = d.Classes[:pictureClasses+1]
	d.Labels = []uint16{1, 7}
	e = newEvaluation(d, len(d.Classes), "")
	if paths, err := e.WriteFiles(t.TempDir()); err != nil || len(paths) != 3 || filepath.Base(paths[0]) != confusionTable {
		t.Errorf("%v, %v; want no picture of %d classes", paths, err, len(d.Classes))
	}
}

// The same accuracy as that of a training, from the same pass as the rest.
func TestEvaluateAgrees(t *testing.T) {
	r := tinyRun()
	_, te, err := r.Load()
	if err != nil {
		t.Fatal(err)
	}
	n, err := mgnet.New(r.Model, 1)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Accuracy(n, te)
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	e, err := Evaluate(context.Background(), n, te, Options{Worst: 5, Report: func(done, _ int) { last = done }})
	if err != nil {
		t.Fatal(err)
	}
	if e.Accuracy() != want || last != te.Len() || len(e.Mistakes) != 5 || e.TTA != NoTTA {
		t.Errorf("accuracy %g, %d images, %d mistakes, augmentation %q; want %g, %d, 5, none", e.Accuracy(), last, len(e.Mistakes), e.TTA, want, te.Len())
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Evaluate(ctx, n, te, Options{}); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := Evaluate(ctx, n, te, Options{Worst: -1}); err == nil || err == context.Canceled {
		t.Errorf("−1 mistakes: %v", err)
	}
}

func ExampleEvaluate() {
	_, test, _ := vision.Load("sample", "")
	test, _ = test.Limit(50)
	n, _ := mgnet.New(mgnet.NewMgNet(28, 28, 1, 10, []int{4}, []int{1, 1}), 1)
	e, err := Evaluate(context.Background(), n, test, Options{TTA: MirrorTTA, Worst: 3})
	fmt.Println(len(e.Confusion), len(e.Mistakes), e.TTA, err)
	// Output: 10 3 mirror <nil>
}
