package forecast

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/source"
)

const waves = "../testdata/waves.csv" // 900 hours of three variables

// model is one of the catalogue for the data.
func model(t testing.TB, name string, d *job.Data) mgnet.Model {
	t.Helper()
	named, err := mgnet.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := named.Make(d.Signature, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// measured are the metrics of a network on the test windows.
func measured(t testing.TB, j *Job, d *job.Data, n *mgnet.Network) (m job.Meter, mse, mae float64) {
	t.Helper()
	p, err := evaluate.NewPredictor(n, 100)
	if err != nil {
		t.Fatal(err)
	}
	m = j.Meter(d)
	_, err = p.Score(context.Background(), d.Test, func(_ *evaluate.Tally, outputs []float32, n int, targets *source.Batch) {
		m.Add(outputs, n, targets)
	})
	if err != nil {
		t.Fatal(err)
	}
	return m, m.Metrics()[0].Value, m.Metrics()[1].Value
}

// small is the job on windows of two days and the day behind them.
func small() *Job {
	j := New()
	j.LookBack, j.Horizon = 48, 24
	return j
}

// trained is a network after a training of these epochs, in a folder or in none.
func trained(t testing.TB, j *Job, d *job.Data, name string, epochs int, dir string) *train.Trainer {
	t.Helper()
	r := runs.Run{Model: model(t, name, d), Recipe: j.Recipe(), Seed: 1, Job: j.Kind(), Data: "waves.csv", DataDir: waves}
	r.Recipe.Epochs = epochs
	tr, err := train.New(r, j.Task(), d.Train, d.Test, dir)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// Repeating the last value, against errors summed up from the file itself.
func TestRepeatLast(t *testing.T) {
	j := small()
	d, err := j.Load(waves, job.Part{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := mgnet.New(model(t, "repeat-last", d), 1)
	if err != nil {
		t.Fatal(err)
	}
	m, mse, mae := measured(t, j, d, n)
	s, err := Read(waves)
	if err != nil {
		t.Fatal(err)
	}
	count, squared, absolute := 0., 0., 0.
	for v, values := range s.Values {
		mean, square := 0., 0.
		for _, x := range values[:630] { // 70% of 900
			mean += x / 630
		}
		for _, x := range values[:630] {
			square += (x - mean) * (x - mean) / 630
		}
		for now := 720; now+24 <= 900; now++ { // of the first value to forecast, in the last 20%
			for h := range 24 {
				e := (values[now+h] - values[now-1]) / math.Sqrt(square)
				squared, absolute, count = squared+e*e, absolute+math.Abs(e), count+1
			}
		}
		if math.Abs(j.Scale.Mean[v]-mean) > 1e-9 {
			t.Errorf("mean of %s %g; want %g", s.Variables[v], j.Scale.Mean[v], mean)
		}
	}
	// Inputs are float32: 1e-6 of the errors is some roundings.
	if math.Abs(mse/(squared/count)-1) > 1e-6 || math.Abs(mae/(absolute/count)-1) > 1e-6 {
		t.Errorf("mse %g and mae %g; want %g and %g", mse, mae, squared/count, absolute/count)
	}

	dir := t.TempDir()
	files, err := m.WriteFiles(dir)
	if err != nil || len(files) != 2 {
		t.Fatalf("files %v, %v", files, err)
	}
	f, err := os.Open(filepath.Join(dir, "errors.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 25 || len(rows[0]) != 9 {
		t.Fatalf("errors.csv has %d rows, %v; want a header and 24 steps", len(rows), err)
	}
	sum := 0.
	for _, row := range rows[1:] {
		x, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += x / 24
	}
	if math.Abs(sum/mse-1) > 1e-5 {
		t.Errorf("steps of errors.csv have a mean of %g; want %g", sum, mse)
	}
}

// A training lowers the error far below that of the last value; stopped and resumed it ends
// in the same bits, and its forecast goes on from the end of a file in the file's units.
func TestJobOnWaves(t *testing.T) {
	j := small()
	d, err := j.Load(waves, job.Part{})
	if err != nil {
		t.Fatal(err)
	}
	last, err := mgnet.New(model(t, "repeat-last", d), 1)
	if err != nil {
		t.Fatal(err)
	}
	_, anchor, _ := measured(t, j, d, last)
	for _, name := range []string{"nlinear", "dlinear"} {
		tr := trained(t, j, d, name, 5, "")
		if _, err := tr.Train(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		if _, mse, _ := measured(t, j, d, tr.Network); !(mse < anchor/2) {
			t.Errorf("%s: mse %g; want less than half the %g of the last value", name, mse, anchor)
		}
	}
	whole, halves := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "halves")
	tr := trained(t, j, d, "fv-mgnet", 5, whole)
	if _, err := tr.Train(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if _, mse, _ := measured(t, j, d, tr.Network); !(mse < anchor/4) {
		t.Errorf("fv-mgnet: mse %g; want less than a quarter of the %g of the last value", mse, anchor)
	}
	ctx, stop := context.WithCancel(context.Background())
	_, err = trained(t, j, d, "fv-mgnet", 5, halves).Train(ctx, func(p train.Progress) {
		if p.Epoch == 2 && p.Batch == 4 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	again, err := train.Resume(halves, train.ResumeOptions{}, func(*runs.Run) (train.Task, source.Source, source.Source, error) {
		return j.Task(), d.Train, d.Test, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Train(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	one, _ := os.ReadFile(filepath.Join(whole, runs.CheckpointFile))
	two, _ := os.ReadFile(filepath.Join(halves, runs.CheckpointFile))
	if len(one) == 0 || !slices.Equal(one, two) {
		t.Errorf("checkpoints of %d and %d bytes differ", len(one), len(two))
	}

	out := filepath.Join(t.TempDir(), "next.csv")
	p, err := j.Predict(context.Background(), job.Query{Network: tr.Network, Path: waves, Out: out})
	if err != nil {
		t.Fatal(err)
	}
	next, err := Read(out)
	if err != nil || next.Len() != 24 || p.Rows[0][0] != "2024-02-07 12:00:00" || next.LastDate != "2024-02-08 11:00:00" || next.Step != time.Hour {
		t.Fatalf("predicted %+v, %v; want the 24 hours from 2024-02-07 12:00:00 on", next, err)
	}
	if len(p.Rows) != 24 || fmt.Sprint(p.Columns) != "[date load heat wind]" || !slices.Equal(p.Files, []string{out}) {
		t.Errorf("%d rows of %v, files %v", len(p.Rows), p.Columns, p.Files)
	}
	// The series stays, by whatever name it is called.
	own := write(t, "own.csv", []byte("kept"))
	link := filepath.Join(t.TempDir(), "link.csv")
	if err := os.Symlink(own, link); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{own, link} {
		_, err := j.Predict(context.Background(), job.Query{Network: tr.Network, Path: own, Out: out})
		if text, _ := os.ReadFile(own); !errors.Is(err, fs.ErrExist) || string(text) != "kept" {
			t.Errorf("a forecast to %s: %v, and the series is now %.20q", out, err, text)
		}
	}
	// The next day is like the last one, in units of the file.
	s, _ := Read(waves)
	for v, values := range s.Values {
		off := 0.
		for h, y := range next.Values[v] {
			off += math.Abs(y-values[900-24+h]) / 24
		}
		if off > .5*j.Scale.Deviation[v] {
			t.Errorf("%s is off by %.3g from the day before; its deviation is %.3g", s.Variables[v], off, j.Scale.Deviation[v])
		}
	}
}

// A run's own scale holds for other data, of the same variables.
func TestJobOfARun(t *testing.T) {
	j := small()
	if _, err := j.Load(waves, job.Part{}); err != nil {
		t.Fatal(err)
	}
	text, err := job.Settings(j)
	if err != nil {
		t.Fatal(err)
	}
	again := New()
	if err := job.Read(again, text); err != nil {
		t.Fatal(err)
	}
	other := write(t, "other.csv", []byte("date,load,heat,wind\n"+strings.Repeat("x,1000,2000,3000\n", 400)))
	if _, err := again.Load(other, job.Part{}); err != nil {
		t.Fatal(err)
	}
	if j.Split != "0.7,0.1,0.2" || again.Split != j.Split {
		t.Errorf("split %q of a run, %q of its settings; want the usual one in both", j.Split, again.Split)
	}
	// The protocol has no other split for a part of ETTh1.
	for _, name := range []string{"ETTh1.csv", "etth1.csv"} {
		etth := small()
		path := write(t, name, []byte("date,load\n"+strings.Repeat("x,1\n", 400)))
		if _, err := etth.Load(path, job.Part{}); err == nil || !strings.Contains(err.Error(), "split 8640,2880,2880 of "+name[:5]+" takes 14400 times, but the series has 400") {
			t.Errorf("400 times of %s: error %v", name, err)
		}
		if etth.Split = "0.7,0.1,0.2"; etth.Validate() != nil {
			t.Fatal(etth.Validate())
		}
		if _, err := etth.Load(path, job.Part{}); err != nil {
			t.Errorf("400 times of %s with a split of its own: %v", name, err)
		}
	}
	if !slices.Equal(again.Scale.Mean, j.Scale.Mean) || !slices.Equal(again.Scale.Deviation, j.Scale.Deviation) {
		t.Errorf("scale %v of other data; want %v of the run", again.Scale, j.Scale)
	}
	for want, name := range map[string]string{
		`has the variables "a,b,c"; the run has "load,heat,wind"`: write(t, "abc.csv", []byte("a,b,c\n"+strings.Repeat("1,2,3\n", 400))),
		"has 3 times; a window has 48":                            write(t, "short.csv", []byte("load,heat,wind\n"+strings.Repeat("1,2,3\n", 3))),
	} {
		if _, err := again.Predict(context.Background(), job.Query{Path: name}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
}

// Parts of the data: the validation part is not the test part, and a limit takes the first.
func TestLoadParts(t *testing.T) {
	first := func(part job.Part) (train, test *Windows) {
		d, err := small().Load(waves, part)
		if err != nil {
			t.Fatal(err)
		}
		return d.Train.(*Windows), d.Test.(*Windows)
	}
	_, test := first(job.Part{})
	_, validation := first(job.Part{HoldOut: 1})
	if test.First != 720-48 || test.Len() != 180-24+1 || validation.First != 630-48 || validation.Len() != 90-24+1 {
		t.Errorf("test %d from %d, validation %d from %d", test.Len(), test.First, validation.Len(), validation.First)
	}
	train, test := first(job.Part{Limit: 10})
	if train.Len() != 10 || test.Len() != 10 {
		t.Errorf("%d and %d windows; want the limit of 10", train.Len(), test.Len())
	}
}

func TestJobErrors(t *testing.T) {
	for want, change := range map[string]func(j *Job){
		"look-back 0; want 1 to":        func(j *Job) { j.LookBack = 0 },
		"horizon 20000; want 1 to":      func(j *Job) { j.Horizon = 20000 },
		`loss "huber"; want mae or mse`: func(j *Job) { j.Loss = "huber" },
		"want three positive numbers":   func(j *Job) { j.Split = "0.7" },
		"1 means and 0 deviations of 0": func(j *Job) { j.Scale = &Scale{Mean: []float64{1}} },
		"deviation 0 of \"a\"":          func(j *Job) { j.Variables, j.Scale = []string{"a"}, &Scale{[]float64{1}, []float64{0}} },
	} {
		j := New()
		change(j)
		if err := j.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
}

// Repeat-last has the published errors to the third decimal (Zeng et al., AAAI 2023, table 2,
// and cure-lab/LTSF-Linear, LTSF-Benchmark.md), by a folder with the data. The windows that do
// not fill a batch of 32 are left out, as there.
func TestAnchors(t *testing.T) {
	folder := os.Getenv("MGTOOL_SERIES")
	if folder == "" {
		t.Skip("MGTOOL_SERIES names no folder with ETTh1.csv.gz, ETTh2.csv.gz and exchange_rate.txt.gz")
	}
	for _, c := range []struct {
		file     string
		horizon  int
		mse, mae float64
	}{
		{"ETTh1.csv.gz", 96, 1.295, .713},
		{"ETTh2.csv.gz", 96, .432, .422},
		{"exchange_rate.txt.gz", 96, .081, .196},
		{"exchange_rate.txt.gz", 192, .167, .289},
		{"exchange_rate.txt.gz", 336, .305, .396},
		{"exchange_rate.txt.gz", 720, .823, .681},
	} {
		j := New()
		j.Horizon = c.horizon
		d, err := j.Load(filepath.Join(folder, c.file), job.Part{})
		if err != nil {
			t.Fatal(err)
		}
		test := d.Test.(*Windows)
		test.Count -= test.Count % 32
		n, err := mgnet.New(model(t, "repeat-last", d), 1)
		if err != nil {
			t.Fatal(err)
		}
		// Half of the third decimal, and a rounding in float32.
		if _, mse, mae := measured(t, j, d, n); math.Abs(mse-c.mse) > 5.1e-4 || math.Abs(mae-c.mae) > 5.1e-4 {
			t.Errorf("%s, horizon %d: mse %.4f, mae %.4f; want %g and %g", c.file, c.horizon, mse, mae, c.mse, c.mae)
		}
	}
}
