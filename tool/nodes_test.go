package tool

// The job nodes on a graph made here: trained, resumed to the same bits, evaluated, compared.

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/graphs"
	"mgtool/graphs/nodes"
	"mgtool/mgnet/job"
	"mgtool/mgnet/train"
)

// blocks is a file of a stochastic block model of 300 nodes, 3 classes.
func blocks(t *testing.T) string {
	t.Helper()
	d, err := graphs.Blocks(300, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "blocks.txt.gz")
	if err := d.Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNodes(t *testing.T) {
	ctx, dir, data := context.Background(), t.TempDir(), blocks(t)
	epochs := 50
	for _, model := range []string{"graph-mgnet", "gcn"} {
		begin := func(out string) *train.Trainer {
			t.Helper()
			tr, _, err := TrainJob{Job: &nodes.Job{}, Data: data, Shape: Shape{Model: model}, Recipe: Recipe{Epochs: &epochs}, Seed: 1, Out: out}.Begin(ctx, Reporter{})
			if err != nil {
				t.Fatal(err)
			}
			return tr
		}
		whole, halves := filepath.Join(dir, model), filepath.Join(dir, model+" halves")
		sum, err := begin(whole).Train(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		// A third is chance.
		if sum.TestAccuracy < .85 {
			t.Errorf("%s: test accuracy %.3f; want at least 0.85", model, sum.TestAccuracy)
		}
		resumes(t, begin, halves, whole, func(p train.Progress) bool { return p.Epoch == 20 })
		e, err := EvaluateJob{Run: whole, Checkpoint: "last", Out: filepath.Join(dir, "out")}.Evaluate(ctx, Reporter{})
		if err != nil {
			t.Fatal(err)
		}
		if e.Accuracy != sum.TestAccuracy || e.Metrics[0].Value != e.Accuracy || len(e.Files) != 1 {
			t.Errorf("%s: accuracy %g and %v, files %v; want that of the training, %g, and one file", model, e.Accuracy, e.Metrics, e.Files, sum.TestAccuracy)
		}
		table := filepath.Join(dir, "answers.csv")
		p, _, err := PredictJob(ctx, whole, "last", data, table)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := os.ReadFile(table)
		if !strings.HasPrefix(string(text), "node,label,predicted,probability\n0,0,") {
			t.Errorf("%s: the table begins with %.60q", model, text)
		}
		for out, want := range map[string]string{"answers.txt": "ending in .csv", data: "ending in .csv"} {
			if _, _, err := PredictJob(ctx, whole, "last", data, out); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("--out %s: error %v; want one about %q", out, err, want)
			}
		}
		named := filepath.Join(t.TempDir(), "graph.csv") // a name that an answer may have
		if d, err := graphs.ReadDataset(data); err != nil || d.Write(named) != nil {
			t.Fatal("the graph cannot be written")
		}
		if _, _, err := PredictJob(ctx, whole, "last", named, named); err == nil || !strings.Contains(err.Error(), "want another --out") {
			t.Errorf("--out is the input: error %v", err)
		}
		if len(p.Rows) != 300 || strings.Count(string(text), "\n") != 301 {
			t.Errorf("%s: %d answers, %d lines", model, len(p.Rows), strings.Count(string(text), "\n"))
		}
	}
	// Nothing to hold out.
	d, err := graphs.Blocks(300, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	d.Validation, d.Test = nil, append(d.Validation, d.Test...)
	bare := filepath.Join(dir, "bare.txt")
	if err := d.Write(bare); err != nil {
		t.Fatal(err)
	}
	for holdOut, want := range map[int]string{0: "", 2: "no validation nodes"} {
		if _, err := (&nodes.Job{}).Load(bare, job.Part{HoldOut: holdOut}); (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("hold out %d of none: error %v; want %q", holdOut, err, want)
		}
	}
	// Part of the data, and what is held out.
	tr, _, err := TrainJob{Job: &nodes.Job{}, Data: data, Shape: Shape{Model: "gcn"}, Recipe: Recipe{Epochs: &epochs}, Limit: 7, HoldOut: 2, Out: filepath.Join(dir, "part")}.Begin(ctx, Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	sum, err := tr.Train(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if sevenths := 7 * sum.TestAccuracy; math.Abs(sevenths-math.Round(sevenths)) > 1e-9 {
		t.Errorf("accuracy %g on 7 nodes", sum.TestAccuracy)
	}
}

func TestCompareNodes(t *testing.T) {
	data, epochs := blocks(t), 20
	rows, _, err := CompareNodes{Data: data, Models: []string{"gcn"}, Seeds: 3, Recipe: Recipe{Epochs: &epochs}}.Run(context.Background(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	mean := 0.0
	for _, v := range rows[0].Accuracies {
		mean += v / 3
	}
	if len(rows) != 1 || len(rows[0].Accuracies) != 3 || math.Abs(rows[0].Mean-mean) > 1e-12 || !(rows[0].Half > 0) || rows[0].Accuracies[0] == rows[0].Accuracies[1] {
		t.Errorf("%+v; want three seeds, their mean and its interval", rows)
	}
	// Stopped in the second training of the second model: what is finished comes with the error.
	ctx, stop := context.WithCancel(context.Background())
	halted, _, err := CompareNodes{Data: data, Models: []string{"gcn", "graph-mgnet"}, Seeds: 3, Recipe: Recipe{Epochs: &epochs}}.Run(ctx, Reporter{Status: func(text string) {
		if strings.HasPrefix(text, "graph-mgnet, seed 2 ") {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) || len(halted) != 2 || !slices.Equal(halted[0].Accuracies, rows[0].Accuracies) || len(halted[1].Accuracies) != 1 || halted[1].Mean != halted[1].Accuracies[0] {
		t.Errorf("%+v, %v; want the row of gcn and one seed of graph-mgnet", halted, err)
	}
	for want, c := range map[string]CompareNodes{
		"--data":       {Seeds: 1},
		"--seeds 0":    {Data: data},
		"--models mlp": {Data: data, Seeds: 1, Models: []string{"mlp"}},
	} {
		if _, _, err := c.Run(context.Background(), Reporter{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one about %q", err, want)
		}
	}
}

func TestSolveGraph(t *testing.T) {
	out := filepath.Join(t.TempDir(), "u.csv")
	good := SolveGraph{Graph: "grid:12x9", Method: "auto", RelTol: 1e-9, MaxCycles: 100, Out: out}
	s, err := good.Solve(context.Background(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(out)
	if !s.Converged || s.Components != 1 || s.Levels < 1 || strings.Count(string(text), "\n") != 109 {
		t.Errorf("%+v, %d lines of u; want it converged, and 109", s.Solution, strings.Count(string(text), "\n"))
	}
	for want, change := range map[string]func(s *SolveGraph){
		"--method lu":     func(s *SolveGraph) { s.Method = "lu" },
		"--shift -1":      func(s *SolveGraph) { s.Shift = -1 },
		"--rtol 0":        func(s *SolveGraph) { s.RelTol = 0 },
		"--max-cycles 0":  func(s *SolveGraph) { s.MaxCycles = 0 },
		"grid:12":         func(s *SolveGraph) { s.Graph = "grid:12" },
		"--out":           func(s *SolveGraph) { s.Out = "u.png" },
		"not solved: ":    func(s *SolveGraph) { s.Method, s.RelTol = "direct", 1e-17 },
		"not converged: ": func(s *SolveGraph) { s.Method, s.MaxCycles = "jacobi", 2 },
	} {
		bad := good
		change(&bad)
		if _, err := bad.Solve(context.Background(), Reporter{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one about %q", err, want)
		}
	}
}
